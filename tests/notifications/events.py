"""What the other services publish in these tests, and when."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from chassis.clock import PARIS
from contracts.booking import BookingCancelled, BookingConfirmed, BookingMoved, BookUse, WalletChanged
from contracts.catalogue import Place, SessionScheduled
from contracts.contacts import ContactStated
from contracts.ids import (
    BeneficiaryId,
    BookId,
    BookingId,
    CentreId,
    MediatorId,
    SessionId,
    SpaceId,
    TrainingId,
    VoucherId,
    uuid7,
)
from contracts.prescription import BookPrescribed
from contracts.words import Actor
from tests.actors import MEDIATOR as KARIM

IN_FIVE_DAYS = datetime.now(UTC).replace(hour=13, minute=30, second=0, microsecond=0) + timedelta(days=5)
CENTRE = CentreId(UUID(int=1))
MEDIATOR = KARIM.mediator_id or MediatorId(UUID(int=2))
BY = Actor(kind="organiser")
BY_POST: dict[str, Any] = {
    "channel": "letter",
    "phone": None,
    "phone_kind": None,
    "postal_address": ("Démo Jeanne", "26400 Crest"),
}


NUMBERS = count(1000)  # with none of the ends at which a provider refuses or fails
ENDS: dict[BeneficiaryId, str] = {}


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def at(hour: int, days: int = 0) -> datetime:
    """Paris time, in some days; January has no clock change."""
    day = datetime(2027, 1, 12, tzinfo=PARIS) + timedelta(days=days)
    return day.replace(hour=hour).astimezone(UTC)


def number_of(person: BeneficiaryId) -> str:
    """Nobody else's: all tests of a process share the telephones."""
    end = ENDS.get(person) or ENDS.setdefault(person, f"{next(NUMBERS):04}")
    return f"+3363998{end}"


def person_with_number(last: str) -> BeneficiaryId:
    """Someone whose number ends so."""
    person = BeneficiaryId(uuid7())
    ENDS[person] = last
    return person


def place(name: str = "8 Fablab", address: str = "rue Courre Commère", commune: str = "Crest") -> Place:
    return Place(
        space_id=SpaceId(UUID(int=3)),
        name=name,
        address=address,
        postal_code="26400",
        commune=commune,
        commune_insee="26108",
        latitude=None,
        longitude=None,
        phone=None,
    )


def scheduled(starts_at: datetime = IN_FIVE_DAYS, **more: Any) -> SessionScheduled:
    return SessionScheduled(
        session_id=SessionId(uuid7()),
        version=1,
        training_id=TrainingId(UUID(int=4)),
        training_code="MAIL-01",
        training_title="Créer son adresse e-mail",
        bring="Votre téléphone portable.",
        place=place(),
        mediator_id=MEDIATOR,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        capacity=8,
        vouchers=1,
    ).model_copy(update=more)


def stated(person: BeneficiaryId, **more: Any) -> ContactStated:
    return ContactStated(
        beneficiary_id=person,
        version=1,
        centre_id=CENTRE,
        first_name="Démo Jeanne",
        last_initial="D",
        channel="sms",
        phone=number_of(person),
        phone_kind="mobile",
        email=None,
        postal_address=(),
        language_level="fluent",
        opt_outs=(),
        book_references=(),
    ).model_copy(update=more)


def confirmed(person: BeneficiaryId, session: SessionScheduled) -> BookingConfirmed:
    return BookingConfirmed(
        booking_id=BookingId(uuid7()),
        session_id=session.session_id,
        beneficiary_id=person,
        voucher_ids=(VoucherId(uuid7()),),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        booked_at=datetime.now(UTC),
        by=Actor(kind="mediator"),
    )


def moved(booking: Any, version: int, starts: datetime) -> BookingMoved:
    return BookingMoved(
        booking_id=booking.booking_id, session_id=booking.session_id, beneficiary_id=booking.beneficiary_id,
        session_version=version, starts_at=starts, ends_at=starts + timedelta(hours=1),
    )  # fmt: skip


def cancelled(booking: Any, *, late: bool = False) -> BookingCancelled:
    return BookingCancelled(
        booking_id=booking.booking_id, session_id=booking.session_id, beneficiary_id=booking.beneficiary_id,
        by=BY, reason="animateur malade", late=late, vouchers_returned=0 if late else 1,
    )  # fmt: skip


def prescribed(person: BeneficiaryId, expires_on: date | None = None, when: datetime | None = None) -> BookPrescribed:
    ids = tuple(VoucherId(uuid7()) for _ in range(5))
    named = {"book_id": BookId(uuid7()), "beneficiary_id": person, "rank": 1, "voucher_ids": ids}
    by = {"centre_id": CentreId(uuid7()), "need": "first_steps"}
    return BookPrescribed.model_validate(
        {**named, **by, "prescribed_at": when or datetime.now(UTC), "expires_on": expires_on}
    )


def wallet(book: BookPrescribed, available: int, version: int = 1, hours: int = 0) -> WalletChanged:
    use = BookUse(book_id=book.book_id, available=available, held=0, consumed=5 - available, void=0, expired=0)
    return WalletChanged(
        beneficiary_id=book.beneficiary_id, version=version, books=(use,), hours_followed=hours, first_hour_on=None
    )
