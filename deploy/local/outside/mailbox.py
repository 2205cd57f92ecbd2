"""A local mail server: takes everything by SMTP and shows it on a page."""

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

KEPT = 5000  # messages


@dataclass(frozen=True)
class Mail:
    """`attachments` maps a file's name to its text."""

    to: str
    subject: str
    text: str
    attachments: dict[str, str]
    message_id: str
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    @classmethod
    def read(cls, raw: bytes) -> Self:
        message = message_from_bytes(raw, EmailMessage, policy=policy.default)
        body = message.get_body(("plain",))
        files = {part.get_filename() or "sans nom": str(part.get_content()) for part in message.iter_attachments()}
        text = body.get_content() if body else ""
        return cls(str(message["To"]), str(message["Subject"]), text, files, str(message["Message-ID"]))


@dataclass
class Mailbox:
    mails: deque[Mail] = field(default_factory=lambda: deque(maxlen=KEPT))

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(Mail.read(envelope.original_content or b""))
        return "250 Message pris en charge"

    async def listen(self, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True), "127.0.0.1", port)

    def routes(self) -> list[Route]:
        return [Route("/courriels.json", self.taken, methods=["GET"])]

    async def taken(self, _: Request) -> Response:
        return JSONResponse([asdict(mail) for mail in self.mails])
