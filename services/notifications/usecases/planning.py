"""What will be told, and when: each thing that happened becomes notices, planned once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from sqlalchemy import ColumnElement

from chassis import telemetry
from chassis.db import Transaction
from contracts.booking import (
    BookingAttended,
    BookingCancelled,
    BookingConfirmed,
    BookingMissed,
    BookingMoved,
    FileAccepted,
    SeatOffered,
    WalletChanged,
)
from contracts.ids import BeneficiaryId, BookingId
from contracts.prescription import BookPrescribed
from contracts.words import NoticeKind
from services.notifications import queries
from services.notifications.model import Booking, Contact, Notice, reminders

NEARLY_EMPTY = 1  # vouchers left to use
OF_A_BOOKING = (BookingConfirmed, BookingMoved, BookingCancelled, BookingAttended, BookingMissed)


class Plan:
    """What a batch of events will have told: stored together, and before anything of it may be dropped."""

    def __init__(self, tx: Transaction, bookings: dict[BookingId, Booking]) -> None:
        self.tx = tx
        self.now = tx.now
        self.bookings = bookings
        self._planned: list[Notice] = []

    @classmethod
    async def of(cls, tx: Transaction, events: Sequence[object]) -> Self:
        """With the bookings that the events speak of, locked."""
        ids = {event.booking_id for event in events if isinstance(event, OF_A_BOOKING)}
        return cls(tx, await queries.bookings_locked(tx, ids))

    def tell(self, kind: NoticeKind, about_id: UUID, person: BeneficiaryId, due_at: datetime, **known: Any) -> None:  # noqa: ANN401 - columns
        thread = telemetry.correlation_id()
        self._planned.append(Notice.planned(kind, about_id, person, due_at, correlation=thread, **known))

    async def drop(self, reason: str, of: ColumnElement[bool]) -> None:
        await self.store()
        await queries.drop(self.tx, reason, of)

    async def store(self) -> None:
        planned, self._planned = self._planned, []
        await queries.plan(self.tx, planned)


def tell_of_book(plan: Plan, event: BookPrescribed) -> None:
    plan.tell("book_prescribed", event.book_id, event.beneficiary_id, plan.now)


def tell_of_mediator(plan: Plan, event: FileAccepted) -> None:
    person = event.beneficiary_id
    plan.tell("file_accepted", person, person, plan.now, mediator_id=event.mediator_id)


def tell_of_offer(plan: Plan, event: SeatOffered) -> None:
    known = {"session_id": event.session_id, "expires_at": event.until}
    plan.tell("seat_offered", event.offer_id, event.beneficiary_id, plan.now, **known)


def tell_of_last_hours(plan: Plan, event: WalletChanged) -> None:
    """Once a book, when hours were followed and one voucher or none is left to use."""
    left = sum(book.available for book in event.books)
    if event.books and event.hours_followed and left <= NEARLY_EMPTY:
        plan.tell("book_nearly_empty", event.books[-1].book_id, event.beneficiary_id, plan.now)


def tell_of_booking(plan: Plan, event: BookingConfirmed) -> None:
    """Now, and again before it begins. A cancellation that was heard is not undone."""
    if event.booking_id in plan.bookings:
        return
    booking = Booking(
        id=event.booking_id,
        session_id=event.session_id,
        beneficiary_id=event.beneficiary_id,
        state="confirmed",
        edition=0,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
    )
    plan.tx.add(booking)
    plan.bookings[booking.id] = booking
    _tell(plan, event, "booking_confirmed", plan.now, expires_at=event.starts_at)
    _remind(plan, event, edition=0)


async def tell_of_move(plan: Plan, event: BookingMoved) -> None:
    """The reminders follow the session to its new time (rule 13)."""
    booking = plan.bookings.get(event.booking_id)
    if booking is None or booking.state != "confirmed" or event.session_version <= booking.edition:
        return
    booking.starts_at, booking.ends_at, booking.edition = event.starts_at, event.ends_at, event.session_version
    await plan.drop("la séance a changé", Notice.booking_id == event.booking_id)
    _tell(plan, event, "booking_moved", plan.now, expires_at=event.starts_at, edition=event.session_version)
    _remind(plan, event, edition=event.session_version)


async def tell_of_cancellation(plan: Plan, event: BookingCancelled) -> None:
    """What was not sent yet is dropped; what a person does not know of is not cancelled to them."""
    await close_booking(plan, event.booking_id, "cancelled", "la réservation est annulée")
    _tell(plan, event, "booking_cancelled", plan.now)


async def close_booking(plan: Plan, booking_id: BookingId, state: Literal["cancelled", "over"], reason: str) -> None:
    if booking := plan.bookings.get(booking_id):
        booking.state = state
    await plan.drop(reason, Notice.booking_id == booking_id)


async def forget(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    """The contact is gone: nothing more is told, and nothing told is kept."""
    if contact := await tx.get(Contact, beneficiary_id):
        await tx.delete(contact)
    await queries.drop(tx, "coordonnées effacées", Notice.beneficiary_id == beneficiary_id)
    await queries.forget_contents(tx, beneficiary_id)


def _tell(
    plan: Plan,
    event: BookingConfirmed | BookingMoved | BookingCancelled,
    kind: NoticeKind,
    due_at: datetime,
    **more: Any,  # noqa: ANN401 - columns
) -> None:
    known = {"booking_id": event.booking_id, "session_id": event.session_id, **more}
    plan.tell(kind, event.booking_id, event.beneficiary_id, due_at, **known)


def _remind(plan: Plan, event: BookingConfirmed | BookingMoved, edition: int) -> None:
    for kind, due in reminders(event.starts_at, plan.now):
        _tell(plan, event, kind, due, expires_at=event.starts_at, edition=edition)
