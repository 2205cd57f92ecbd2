"""E-mail by SMTP: text and HTML, calendar files, one-click unsubscribe, and an address of return for each message."""

import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate, parseaddr

import aiosmtplib

from services.notifications.delivery.bounces import return_path
from services.notifications.usecases.outgoing import Outcome, OutgoingMessage, Refused, Sent, Unclear

PERMANENT_FROM = 500  # SMTP reply codes
OF_THE_ADDRESS = aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError
ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")  # RFC 3463
MEANINGS = {
    "1.1": "l'adresse n'existe pas", "1.2": "le domaine de l'adresse n'existe pas", "2.1": "l'adresse est fermée",
    "2.2": "la boîte de réception est pleine",
}  # fmt: skip
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
        """Give that of the sender, the message's id and the address of return: the same, as DKIM and DMARC want it."""
        return parseaddr(self.sender)[1].rpartition("@")[2]

    async def send(self, outgoing: OutgoingMessage) -> Outcome:
        """Hand it over. Once the text was handed over, silence is unclear: it may have been taken."""
        client = aiosmtplib.SMTP(hostname=self.host, port=self.port, timeout=self.within, start_tls=self.tls)
        handed_over = False
        try:
            written = self.message(outgoing).as_bytes(policy=POLICY)
            async with client:
                if self.user:
                    await client.login(self.user, self.password)
                await self._address(client, outgoing)
                handed_over = True
                await client.data(written)
        except aiosmtplib.SMTPResponseException as error:
            return refused(error)
        except (aiosmtplib.SMTPException, OSError) as error:
            reason = f"le serveur de messagerie ne répond pas ({type(error).__name__})"
            return Unclear(reason) if handed_over else Refused("temporary", reason)
        except ValueError as error:  # neither the address nor the text will be another one the next time
            return Refused("permanent", f"l'adresse e-mail n'est pas valable ({type(error).__name__})")
        return Sent("smtp", str(outgoing.notice_id))

    async def _address(self, client: aiosmtplib.SMTP, outgoing: OutgoingMessage) -> None:
        """With a notification of failures (RFC 3461), when the server knows how."""
        await client.ehlo()
        dsn = client.supports_extension("dsn")
        asked = ["RET=HDRS", f"ENVID={outgoing.notice_id}"] if dsn else []
        await client.mail(return_path(outgoing.notice_id, self.domain, self.secret), options=asked)
        await client.rcpt(outgoing.to, options=["NOTIFY=FAILURE"] if dsn else [])

    def message(self, outgoing: OutgoingMessage) -> EmailMessage:
        """Write it. Auto-Submitted silences absence robots (RFC 3834); one click unsubscribes (RFC 8058)."""
        message = EmailMessage(policy=POLICY)
        name, address = parseaddr(self.sender)
        message["From"], message["To"], message["Subject"] = formataddr((name, address)), outgoing.to, outgoing.subject
        message["Date"], message["Message-ID"] = formatdate(), f"<{outgoing.notice_id}@{self.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        if outgoing.stop:
            message["List-Unsubscribe"] = f"<{outgoing.stop}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(outgoing.text)
        message.add_alternative(outgoing.html, subtype="html")
        for calendar in outgoing.calendars:
            method = "CANCEL" if "METHOD:CANCEL" in calendar else "PUBLISH"
            message.add_attachment(calendar, subtype="calendar", filename="seance.ics", params={"method": method})
        return message


def refused(error: aiosmtplib.SMTPResponseException) -> Refused:
    """Separate our trouble (greeting, password, sender) from the address's. What the server wrote may name people."""
    final = isinstance(error, OF_THE_ADDRESS) and error.code >= PERMANENT_FROM
    return Refused("permanent" if final else "temporary", reason_of(str(error.code), error.message))


def reason_of(code: str, answer: str) -> str:
    """Say it in our own words, with the reply code and the enhanced one: nothing else of the answer. Rule 26."""
    enhanced = match[0] if (match := ENHANCED.match(answer)) else ""
    meaning = MEANINGS.get(enhanced[2:], "le serveur de messagerie refuse")
    return f"{meaning} ({' '.join(filter(None, (code, enhanced)))})"
