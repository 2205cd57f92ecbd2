"""E-mails: taken by another server, read by another parser, their calendar by two libraries that did not write it."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

import ics
import mailparser
import pytest
import vobject
from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts.ids import MediatorId, NoticeId, uuid7
from contracts.words import NoticeKind
from deploy.local.servers import free_ports
from services.notifications.delivery import Refused, Sent, Unclear
from services.notifications.delivery.mail import MailProvider
from services.notifications.model import Booking, Facts, Mediator
from services.notifications.texts import calendar_file, mail, sms
from services.notifications.texts.samples import LINK, NOW, STARTS, STOP, facts
from services.notifications.usecases.parcel import Parcel

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
            await asyncio.sleep(5)
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


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    ours = Server(free_ports(1)[0])
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: Lenient(ours), "127.0.0.1", ours.port):
        yield ours


def provider(server: Server) -> MailProvider:
    return MailProvider("127.0.0.1", server.port, SENDER, 1.0, "secret")


def parcel(to: str = "jeanne@exemple.invalid") -> Parcel:
    told = facts("booking_confirmed")
    written, reference = mail([told], NOW, STOP), NoticeId(uuid7())
    calendar = calendar_file(told, reference, NOW)
    return Parcel(
        reference, "email", "smtp", to, written.body, "thread", written.subject, written.html, STOP, (calendar,)
    )


async def test_a_server_takes_it_and_another_parser_reads_it(server: Server) -> None:
    sent = parcel()
    assert await provider(server).send(sent) == Sent("smtp", str(sent.notice_id))
    read = mailparser.parse_from_bytes(server.taken[0])
    assert read.subject == "Votre séance est réservée"
    assert read.from_ == [("Pass numérique", "pass-numerique@exemple.invalid")]
    assert read.to == [("", "jeanne@exemple.invalid")]
    assert not read.defects
    assert "Quand : mardi 24 novembre 2026 à 14 h 30" in read.text_plain[0]
    assert "<strong>Quand</strong>" in read.text_html[0]
    [attached] = read.attachments
    assert (attached["filename"], attached["mail_content_type"]) == ("seance.ics", "text/calendar")
    assert read.headers["List-Unsubscribe"] == f"<{STOP}>"
    assert read.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_it_is_ready_to_be_signed(server: Server) -> None:
    """One domain in the sender, the message's id and the address of return; lines that no relay has to rewrite."""
    await provider(server).send(parcel())
    read, raw = mailparser.parse_from_bytes(server.taken[0]), server.taken[0]
    domains = {parseaddr(SENDER)[1], str(read.message_id).strip("<>"), server.senders[0]}
    assert {address.rpartition("@")[2] for address in domains} == {"exemple.invalid"}
    assert all(byte < 128 for byte in raw)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert read.headers["Auto-Submitted"] == "auto-generated"
    assert {"Date", "MIME-Version", "From", "To", "Subject", "Message-ID"} <= {*read.headers}


async def test_failures_are_asked_for_where_the_server_knows_how(server: Server) -> None:
    sent = parcel()
    await provider(server).send(sent)
    assert ["RET=HDRS", f"ENVID={sent.notice_id}"] in server.options
    assert ["NOTIFY=FAILURE"] in server.options
    server.with_dsn, server.options = False, []
    await provider(server).send(parcel())
    assert not any(server.options)


@pytest.mark.parametrize(
    ("to", "failure"), [("inconnu@exemple.invalid", "permanent"), ("plein@exemple.invalid", "temporary")]
)
async def test_codes_of_refusal_are_understood(server: Server, to: str, failure: str) -> None:
    refused = await provider(server).send(parcel(to))
    assert isinstance(refused, Refused)
    assert refused.failure == failure


async def test_rule_23_silence_after_the_text_is_unclear_before_it_a_refusal(server: Server) -> None:
    server.silent = True
    assert isinstance(await provider(server).send(parcel()), Unclear)
    nobody = replace(provider(server), port=free_ports(1)[0])
    refused = await nobody.send(parcel())
    assert isinstance(refused, Refused)
    assert refused.failure == "temporary"


@pytest.mark.parametrize(
    ("edition", "kind", "status", "sequence"),
    [
        (0, "booking_confirmed", "CONFIRMED", 0),
        (3, "booking_moved", "CONFIRMED", 3),
        (3, "reminder_48h", "CONFIRMED", 3),
        (3, "booking_cancelled", "CANCELLED", 4),  # lower than the move's, calendars would keep the session
    ],
)
def test_two_other_libraries_open_the_calendar(edition: int, kind: NoticeKind, status: str, sequence: int) -> None:
    uid, told = uuid7(), facts(kind)
    booking = Booking(edition=edition, state="confirmed", starts_at=STARTS, ends_at=STARTS + timedelta(hours=1))
    written = calendar_file(replace(told, booking=booking), uid, NOW)
    one = vobject.readOne(written).vevent
    [two] = ics.Calendar(written).events
    assert one.uid.value == two.uid == f"{uid}@pass-numerique.drome"
    assert one.dtstart.value.astimezone(UTC) == two.begin.datetime.astimezone(UTC) == STARTS
    assert one.dtend.value - one.dtstart.value == two.duration == timedelta(hours=1)
    assert one.status.value == two.status == status
    assert int(one.sequence.value) == sequence
    assert one.location.value == two.location == "8 Fablab, salle bleue, 8 rue Courre Commère, 26400 Crest"


def test_an_offer_has_no_calendar_file_its_seat_is_not_taken_yet() -> None:
    assert not calendar_file(facts("seat_offered"), uuid7(), NOW)


def two_sessions(*kinds: NoticeKind) -> list[Facts]:
    """Of two mediators, each with its own link."""
    other = Mediator(id=MediatorId(uuid7()), version=1, name="Lucie A.", phone="+33465710003")
    return [facts(kinds[0], f"{LINK}1"), replace(facts(kinds[1], f"{LINK}2"), mediator=other)]


def test_sessions_told_in_one_e_mail_have_each_their_own_number_and_link() -> None:
    written = mail(two_sessions("booking_confirmed", "reminder_48h"), NOW)
    for text in (written.body, written.html):
        said = [text.index(part) for part in ("04 65 71 00 02", f"{LINK}1", "04 65 71 00 03", f"{LINK}2")]
        assert said == sorted(said)


def test_sessions_told_in_one_sms_have_the_number_and_link_that_are_right_for_all() -> None:
    apart = sms(two_sessions("booking_confirmed", "reminder_48h"), NOW)
    assert "04 65 71 00 01" in apart  # the centre
    assert "04 65 71 00 02" not in apart
    assert LINK not in apart
    assert f"{LINK}1" in sms([facts("booking_confirmed", f"{LINK}1"), facts("file_accepted", "")], NOW)
    offered, _, booked = sms(two_sessions("seat_offered", "booking_confirmed"), NOW).partition("\n")
    assert f"{LINK}1 ou 04 65 71 00 02" in offered  # its own
    assert "04 65 71 00 01" in booked


def test_a_calendar_is_right_across_the_change_of_clocks() -> None:
    """14:30 on the Sunday on which clocks go back is 13:30 UTC, not 12:30."""
    starts = datetime(2026, 10, 25, 13, 30, tzinfo=UTC)
    told = replace(facts("booking_confirmed"), starts_at=starts, ends_at=starts + timedelta(hours=1))
    assert vobject.readOne(calendar_file(told, uuid7(), NOW)).vevent.dtstart.value.astimezone(UTC) == starts
    assert "dimanche 25 octobre 2026 à 14 h 30" in mail([told], NOW).body
