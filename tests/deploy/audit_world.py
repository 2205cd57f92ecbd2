"""A small county that agrees: one person with a booking and a cancelled one, one who was erased; rows and events."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingErasureCompleted,
    BookUse,
    SessionFilled,
    WalletChanged,
)
from contracts.catalogue import (
    CatalogueErasureCompleted,
    MediatorPosted,
    Place,
    SessionScheduled,
    SpaceListed,
    TrainingPublished,
)
from contracts.contacts import ContactErased, ContactStated
from contracts.event import Event
from contracts.ids import (
    BeneficiaryId,
    BookId,
    BookingId,
    CentreId,
    MediatorId,
    NoticeId,
    PrescriberId,
    SessionId,
    SpaceId,
    TrainingId,
    VoucherId,
    uuid7,
)
from contracts.mediators import MediatorStated
from contracts.notifications import NoticeSent, NotificationsErasureCompleted
from contracts.prescription import BeneficiaryErased, BookPrescribed, CentreOpened, PrescriptionErasureCompleted
from contracts.words import Actor
from deploy.audit.bus import Event as Record

NOW = datetime.now(UTC).replace(microsecond=0)
STARTS, ENDS = NOW + timedelta(days=3), NOW + timedelta(days=3, hours=1)
PERSON, OTHER, ERASED = (BeneficiaryId(UUID(int=number)) for number in (0xA1, 0xA2, 0xAE))
CENTRE, PRESCRIBER, MEDIATOR = CentreId(UUID(int=0xC1)), PrescriberId(UUID(int=0xC2)), MediatorId(UUID(int=0xD1))
TRAINING, SPACE, SESSION = TrainingId(UUID(int=0x71)), SpaceId(UUID(int=0x51)), SessionId(UUID(int=0x5E))
BOOK, NOTICE = BookId(UUID(int=0xB0)), NoticeId(UUID(int=0x40))
CONFIRMED, CANCELLED = BookingId(UUID(int=0xB1)), BookingId(UUID(int=0xB2))
VOUCHERS = (
    VoucherId(UUID(int=0x91)),
    VoucherId(UUID(int=0x92)),
    VoucherId(UUID(int=0x93)),
    VoucherId(UUID(int=0x94)),
    VoucherId(UUID(int=0x95)),
)
BY = Actor(kind="mediator", id=MEDIATOR)
CONTACT: dict[str, Any] = {
    "centre_id": CENTRE,
    "first_name": "Démo Odile",
    "last_initial": "V",
    "channel": "sms",
    "phone": "+33639981001",
    "phone_kind": "mobile",
    "email": None,
    "language_level": "fluent",
}
PLACE = Place(
    space_id=SPACE, name="Espace", address="1 rue", postal_code="26400", commune="Crest", commune_insee="26108",
    latitude=None, longitude=None, phone=None,
)  # fmt: skip
OF_THE_SESSION: dict[str, Any] = {
    "training_id": TRAINING,
    "mediator_id": MEDIATOR,
    "starts_at": STARTS,
    "ends_at": ENDS,
}
USE = {"available": 4, "held": 1, "consumed": 0, "void": 0, "expired": 0}


def record(event: Event) -> Record:
    body = json.loads(event.body or b"{}")
    return Record(event.topic, event.key, event.type.rpartition(".")[0], str(uuid7()), event.subject, body)


def cancelled(booking: BookingId, person: BeneficiaryId) -> BookingCancelled:
    who = {"booking_id": booking, "session_id": SESSION, "beneficiary_id": person}
    return BookingCancelled(**who, by=BY, reason="", late=False, vouchers_returned=1)


def stated(version: int) -> ContactStated:
    return ContactStated(
        beneficiary_id=PERSON, version=version, postal_address=(), opt_outs=(), book_references=(), **CONTACT
    )


def wallet(version: int, held: int) -> WalletChanged:
    use = BookUse(book_id=BOOK, **USE | {"available": 5 - held, "held": held})
    return WalletChanged(beneficiary_id=PERSON, version=version, books=(use,), hours_followed=0, first_hour_on=None)


def published() -> list[Record]:
    """In the order of each topic."""
    return [record(event) for event in (*_of_rights(), *_of_sessions(), *_of_bookings(), *_of_the_erased())]


def _of_rights() -> Iterator[Event]:
    yield CentreOpened(
        centre_id=CENTRE, version=1, name="Centre", kind="social_centre", commune_insee="26108", phone=None
    )
    yield BookPrescribed(
        book_id=BOOK, beneficiary_id=PERSON, centre_id=CENTRE, rank=1, need="work",
        voucher_ids=VOUCHERS, prescribed_at=NOW, expires_on=None,
    )  # fmt: skip
    yield from (stated(1), stated(2))


def _of_sessions() -> Iterator[Event]:
    yield TrainingPublished(
        training_id=TRAINING, version=1, code="MAIL-01", title="Courriel", summary="", level="débutant", themes=(),
        audiences=(), hours=1,
    )  # fmt: skip
    yield MediatorPosted(mediator_id=MEDIATOR, version=1, space_ids=())
    yield MediatorStated(mediator_id=MEDIATOR, version=1, name="Karim", phone="+33465710002")
    where = PLACE.model_dump(exclude={"phone", "room"})
    yield SpaceListed(**where, version=1, seats=4, accessibility=None, label_from=None, label_to=None)
    yield SessionScheduled(
        session_id=SESSION, version=3, training_code="MAIL-01", training_title="Courriel", bring="", place=PLACE,
        capacity=4, vouchers=1, **OF_THE_SESSION,
    )  # fmt: skip


def _of_bookings() -> Iterator[Event]:
    for number, booking in enumerate((CANCELLED, CONFIRMED), 1):
        yield BookingConfirmed(
            booking_id=booking, session_id=SESSION, beneficiary_id=PERSON, voucher_ids=VOUCHERS[:1], starts_at=STARTS,
            ends_at=ENDS, booked_at=NOW, by=BY,
        )  # fmt: skip
        yield wallet(number * 2, held=1)
        yield SessionFilled(session_id=SESSION, version=number * 2 - 1, taken=1, offered=0, waiting=0)
        if booking == CANCELLED:
            yield from (cancelled(booking, PERSON), wallet(3, held=0))
            yield SessionFilled(session_id=SESSION, version=2, taken=0, offered=0, waiting=0)
    yield NoticeSent(
        notice_id=NOTICE, beneficiary_id=PERSON, booking_id=CONFIRMED, kind="booking_confirmed", channel="sms",
        segments=1, sent_at=NOW,
    )  # fmt: skip


def _of_the_erased() -> Iterator[Event]:
    yield from (BeneficiaryErased(beneficiary_id=ERASED), ContactErased(beneficiary_id=ERASED))
    yield PrescriptionErasureCompleted(beneficiary_id=ERASED, service="prescription")
    yield CatalogueErasureCompleted(beneficiary_id=ERASED, service="catalogue")
    yield BookingErasureCompleted(beneficiary_id=ERASED, service="booking")
    yield NotificationsErasureCompleted(beneficiary_id=ERASED, service="notifications")


async def forget(connection: asyncpg.Connection) -> None:
    key = b"k" * 32
    await connection.execute("INSERT INTO erasure_key (key) VALUES ($1)", key)
    digest = hashlib.sha256(key + ERASED.bytes).digest()
    await connection.execute("INSERT INTO erased (digest) VALUES ($1)", digest)
