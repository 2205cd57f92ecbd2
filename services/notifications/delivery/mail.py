"""E-mail by SMTP, in plain text, with the calendar file when there is one."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from uuid import UUID

import aiosmtplib

from services.notifications.delivery.outcome import Outcome, Refused, Sent, Trouble

PERMANENT_FROM = 500  # SMTP reply codes


@dataclass(frozen=True)
class MailProvider:
    """`within` is in seconds, for the whole conversation with the server."""

    host: str
    port: int
    sender: str
    within: float
    tls: bool = False
    user: str = ""
    password: str = ""

    async def send(self, message: EmailMessage) -> Outcome:
        try:
            await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                timeout=self.within,
                start_tls=self.tls,
                username=self.user or None,
                password=self.password or None,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients[0].code, error.recipients[0].message)
        except aiosmtplib.SMTPResponseException as error:
            return _refused(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Refused("temporary", f"le serveur de messagerie ne répond pas ({type(error).__name__})")
        return Sent("smtp", str(message["Message-ID"]))

    def message(self, reference: UUID, to: str, subject: str, body: str, calendar: str) -> EmailMessage:
        """Auto-Submitted keeps absence robots from answering (RFC 3834)."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message["Date"], message["Message-ID"] = formatdate(), f"<{reference}@pass-numerique.drome>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body)
        if calendar:
            message.add_attachment(calendar, subtype="calendar", filename="seance.ics")
        return message


def _refused(code: int, said: str) -> Refused:
    failure: Trouble = "permanent" if code >= PERMANENT_FROM else "temporary"
    return Refused(failure, f"le serveur de messagerie refuse ({code} {said[:80]})")
