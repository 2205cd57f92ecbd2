"""E-mail by SMTP: text and HTML, calendar files, one-click unsubscribe, and an address of return for each message."""

import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate, parseaddr

import aiosmtplib

from services.notifications.delivery.bounces import return_path
from services.notifications.delivery.outcome import Outcome, Refused, Sent, Trouble, Unclear
from services.notifications.usecases.parcel import Parcel

PERMANENT_FROM = 500  # SMTP reply codes
POLICY = email.policy.SMTP.clone(cte_type="7bit")  # lines that no relay rewrites: a DKIM signature stays valid


@dataclass(frozen=True)
class MailProvider:
    """`within` is in seconds, for each step of the conversation with the server. `secret` signs addresses of return."""

    host: str
    port: int
    sender: str
    within: float
    secret: str
    tls: bool = False
    user: str = ""
    password: str = ""

    @property
    def domain(self) -> str:
        """Of the sender, of the message's id and of the address of return: all the same, as DKIM and DMARC want it."""
        return parseaddr(self.sender)[1].rpartition("@")[2]

    async def send(self, parcel: Parcel) -> Outcome:
        """Once the text was handed over, silence is unclear: it may have been taken."""
        client = aiosmtplib.SMTP(hostname=self.host, port=self.port, timeout=self.within, start_tls=self.tls)
        handed_over = False
        try:
            async with client:
                if self.user:
                    await client.login(self.user, self.password)
                await self._address(client, parcel)
                handed_over = True
                await client.data(self.message(parcel).as_bytes(policy=POLICY))
        except aiosmtplib.SMTPResponseException as error:
            return _refused(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            said = f"le serveur de messagerie ne répond pas ({type(error).__name__})"
            return Unclear(said) if handed_over else Refused("temporary", said)
        return Sent("smtp", str(parcel.notice_id))

    async def _address(self, client: aiosmtplib.SMTP, parcel: Parcel) -> None:
        """With a notification of failures (RFC 3461), when the server knows how."""
        await client.ehlo()
        dsn = client.supports_extension("dsn")
        asked = ["RET=HDRS", f"ENVID={parcel.notice_id}"] if dsn else []
        await client.mail(return_path(parcel.notice_id, self.domain, self.secret), options=asked)
        await client.rcpt(parcel.to, options=["NOTIFY=FAILURE"] if dsn else [])

    def message(self, parcel: Parcel) -> EmailMessage:
        """Auto-Submitted keeps absence robots from answering (RFC 3834); one click unsubscribes (RFC 8058)."""
        message = EmailMessage(policy=POLICY)
        name, address = parseaddr(self.sender)
        message["From"], message["To"], message["Subject"] = formataddr((name, address)), parcel.to, parcel.subject
        message["Date"], message["Message-ID"] = formatdate(), f"<{parcel.notice_id}@{self.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        if parcel.stop:
            message["List-Unsubscribe"] = f"<{parcel.stop}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(parcel.text)
        message.add_alternative(parcel.html, subtype="html")
        for calendar in parcel.calendars:
            method = "CANCEL" if "METHOD:CANCEL" in calendar else "PUBLISH"
            message.add_attachment(calendar, subtype="calendar", filename="seance.ics", params={"method": method})
        return message


def _refused(code: int, said: str) -> Refused:
    failure: Trouble = "permanent" if code >= PERMANENT_FROM else "temporary"
    return Refused(failure, f"le serveur de messagerie refuse ({code} {said[:80]})")
