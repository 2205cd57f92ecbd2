"""Every message as somebody would receive it: for the preview page, for `docs/messages.md`, for reading aloud."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from uuid import UUID

from contracts.ids import BeneficiaryId, BookId, CentreId, MediatorId, SessionId
from contracts.words import NoticeKind
from services.notifications.model import Book, Centre, Contact, Facts, Mediator, Session
from services.notifications.texts.gsm7 import gsm7, length, replaced, segments
from services.notifications.texts.sms import wording
from services.notifications.texts.written import Written, letter, mail, spoken

KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
CENTRES: frozenset[NoticeKind] = frozenset({"book_prescribed", "erasure_requested", "erasure_withdrawn"})
"""Sent in the name of the centre: of no session, and no mediator is called."""
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
STARTS = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
LINK = "https://pass.exemple.invalid/r/0123456789ab"
INFORMS = "https://pass.exemple.invalid/donnees"
STOP = "https://messages.exemple.invalid/stop/…"
SHORT_STOP = "https://messages.exemple.invalid/stop/0123456789ab"


@dataclass(frozen=True)
class Sample:
    """`sms` is what the telephone shows, `replaced` what GSM-7 made of the letters that it lacks."""

    kind: NoticeKind
    sms: str
    length: int
    segments: int
    replaced: dict[str, str]
    mail: Written
    letter: Written
    spoken: Written


def samples(link: str = LINK) -> Iterator[Sample]:
    for kind in KINDS:
        yield sample(facts(kind, link))


def sample(known: Facts) -> Sample:
    now = STARTS - timedelta(hours=3) if known.kind == "reminder_3h" else NOW
    written = wording([known], now)
    text = gsm7(written)
    return Sample(
        known.kind, text, length(text), segments(text), replaced(written),
        mail([known], now, STOP), letter(known, now), spoken(known, now),
    )  # fmt: skip


def facts(kind: NoticeKind, link: str = LINK) -> Facts:
    return Facts(
        kind,
        _jeanne(),
        Centre(id=CentreId(UUID(int=1)), version=1, name="Centre social de Crest", phone="+33465710001"),
        None if kind in CENTRES | {"file_accepted"} else _session(),
        None if kind in CENTRES else _karim(),
        STARTS,
        STARTS + timedelta(hours=1),
        until=NOW + timedelta(hours=24),
        book=_book(),
        link=link,
        stop=SHORT_STOP if kind == "long_unseen" else "",
        informs=INFORMS if kind == "book_prescribed" else "",
    )


def _jeanne() -> Contact:
    return Contact(
        beneficiary_id=BeneficiaryId(UUID(int=5)), version=1, centre_id=CentreId(UUID(int=1)), first_name="Jeanne",
        last_initial="D", channel="sms", phone="+33639981234", phone_kind="mobile", email=None,
        postal_address=["Jeanne Dubœuf", "4 place de la Démonstration", "26400 CREST"], language_level="fluent",
        opt_outs=[], support_needs=[],
    )  # fmt: skip


def _book() -> Book:
    return Book(
        id=BookId(UUID(int=6)), beneficiary_id=BeneficiaryId(UUID(int=5)), prescribed_at=NOW, closed=False,
        expires_on=date(2027, 1, 31), available=1, version=1,
    )  # fmt: skip


def _karim() -> Mediator:
    return Mediator(id=MediatorId(UUID(int=2)), version=1, name="Karim B.", phone="+33465710002")


def _session() -> Session:
    place = {
        "space_id": str(UUID(int=3)), "name": "8 Fablab", "address": "8 rue Courre Commère", "postal_code": "26400",
        "commune": "Crest", "commune_insee": "26108", "latitude": None, "longitude": None, "phone": None,
        "room": "salle bleue",
    }  # fmt: skip
    return Session(
        id=SessionId(UUID(int=4)), version=1, training_title="Créer son adresse e-mail", place=place,
        bring="Votre téléphone portable.", mediator_id=MediatorId(UUID(int=2)), starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=1),
    )  # fmt: skip
