"""A mail server, for tests, and an e-mail to hand it."""

import asyncio
import re
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts.ids import NoticeId, uuid7
from services.notifications.texts import calendar_file, mail
from services.notifications.texts.samples import NOW, STOP, facts
from services.notifications.usecases.outgoing import OutgoingMessage

SENDER = "Pass numérique <pass-numerique@exemple.invalid>"


@dataclass
class Server:
    """aiosmtpd, remembering what it was told. `silent`: it takes the text and never answers."""

    port: int
    with_dsn: bool = True
    silent: bool = False
    taken: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    options: list[list[str]] = field(default_factory=list)
    speaks_again: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name and arguments
        self, _: SMTP, session: Session, __: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *(["250-DSN"] if self.with_dsn else []), responses[-1]]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name and arguments
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        self.senders.append(address)
        self.options.append(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("inconnu"):
            return "550 5.1.1 unknown"
        if address.startswith("plein"):
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        self.options.append(options)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.silent:
            await self.speaks_again.wait()
        self.taken.append(envelope.original_content or b"")
        return "250 taken"


class Lenient(SMTP):
    """aiosmtpd knows no DSN: its parameters are let through."""

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        plain = re.sub(r" (RET|ENVID)=\S+", "", arg or "")
        self.event_handler.options.append(re.findall(r"(?:RET|ENVID)=\S+", arg or ""))
        await super().smtp_MAIL(plain)

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        self.event_handler.options.append(re.findall(r"NOTIFY=\S+", arg or ""))
        await super().smtp_RCPT(re.sub(r" NOTIFY=\S+", "", arg or ""))


def outgoing(to: str = "jeanne@exemple.invalid") -> OutgoingMessage:
    known = facts("booking_confirmed")
    written, reference = mail([known], NOW, STOP), NoticeId(uuid7())
    calendar = calendar_file(known, reference, NOW)
    return OutgoingMessage(
        reference, "email", "smtp", to, written.body, "thread", written.subject, written.html, STOP, (calendar,)
    )
