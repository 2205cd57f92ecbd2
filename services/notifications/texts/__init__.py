"""What people read: SMS of one segment, e-mails with a calendar file, letters, and what to say on the phone."""

from services.notifications.texts.calendar import calendar_file
from services.notifications.texts.copying import copied
from services.notifications.texts.gsm7 import segments
from services.notifications.texts.samples import samples
from services.notifications.texts.sms import sms
from services.notifications.texts.written import Written, letter, letters, mail, spoken, without_codes

__all__ = [
    "Written",
    "calendar_file",
    "copied",
    "letter",
    "letters",
    "mail",
    "samples",
    "segments",
    "sms",
    "spoken",
    "without_codes",
]
