"""How a notice leaves: SMS by HTTP, e-mail by SMTP. A provider answers, refuses, or does not answer."""

from services.notifications.delivery.mail import MailProvider
from services.notifications.delivery.outcome import Outcome, Refused, Sent
from services.notifications.delivery.sms import SmsProvider, signature

__all__ = ["MailProvider", "Outcome", "Refused", "Sent", "SmsProvider", "signature"]
