"""What people read: SMS of one segment, e-mails with a calendar file, letters, and what to say on the phone."""

from services.notifications.texts.calendar import calendar_file
from services.notifications.texts.mail import Written, mail, spoken
from services.notifications.texts.sms import segments, sms

__all__ = ["Written", "calendar_file", "mail", "segments", "sms", "spoken"]
