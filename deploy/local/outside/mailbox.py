"""A local mail server: takes everything by SMTP and shows it on a page. What goes to «retour…@…» comes back."""

import asyncio
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MOST = 5000  # messages
UNKNOWN, RETURNED = "inconnu", "retour"  # a local part that begins so is refused at once, or comes back


@dataclass(frozen=True)
class Mail:
    """`attachments` maps a file's name to its text."""

    to: str
    subject: str
    text: str
    attachments: dict[str, str]
    message_id: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    @classmethod
    def read(cls, raw: bytes) -> Self:
        message = message_from_bytes(raw, EmailMessage, policy=policy.default)
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        files = {part.get_filename() or "sans nom": str(part.get_content()) for part in message.iter_attachments()}
        return cls(
            str(message["To"]),
            str(message["Subject"]),
            plain.get_content() if plain else "",
            files,
            str(message["Message-ID"]),
            html.get_content() if html else "",
            {name: str(value) for name, value in message.items()},
        )


@dataclass
class Mailbox:
    mails: deque[Mail] = field(default_factory=lambda: deque(maxlen=MOST))
    returned: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith(UNKNOWN):
            return "550 5.1.1 Adresse inconnue"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if envelope.rcpt_tos and envelope.rcpt_tos[0].startswith(RETURNED):
            self.returned.append(report(envelope.mail_from or "", envelope.rcpt_tos[0]))
        else:
            self.mails.append(Mail.read(envelope.original_content or b""))
        return "250 Message pris en charge"

    async def listen(self, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True), "127.0.0.1", port)

    def routes(self) -> list[Route]:
        return [Route("/courriels.json", self.taken, methods=["GET"])]

    async def taken(self, _: Request) -> Response:
        return JSONResponse([asdict(mail) for mail in self.mails])


def report(to: str, recipient: str) -> bytes:
    """A delivery report (RFC 3464), as the recipient's mail server would send it to the address of return."""
    return (
        f"From: MAILER-DAEMON@exemple.invalid\r\nTo: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is the mail system.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; exemple.invalid\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\r\n\r\n--b--\r\n"
    ).encode()
