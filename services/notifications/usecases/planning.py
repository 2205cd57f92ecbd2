"""What will be told, and when: each thing that happened becomes notices, planned once."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chassis import telemetry
from chassis.db import Transaction
from contracts.booking import BookingCancelled, BookingConfirmed, BookingMoved, FileAccepted, SeatOffered, WalletChanged
from contracts.ids import BeneficiaryId, BookingId
from contracts.prescription import BookPrescribed
from contracts.words import NoticeKind
from services.notifications import queries
from services.notifications.model import Booking, Contact, Notice, reminders

NEARLY_EMPTY = 1  # vouchers left to use


def _planned(kind: NoticeKind, about_id: UUID, person: BeneficiaryId, due_at: datetime, **known: Any) -> Notice:  # noqa: ANN401 - columns
    return Notice.planned(kind, about_id, person, due_at, correlation=telemetry.correlation_id(), **known)


async def tell_of_book(tx: Transaction, event: BookPrescribed) -> None:
    await queries.plan(tx, [_planned("book_prescribed", event.book_id, event.beneficiary_id, tx.now)])


async def tell_of_mediator(tx: Transaction, event: FileAccepted) -> None:
    person = event.beneficiary_id
    await queries.plan(tx, [_planned("file_accepted", person, person, tx.now, mediator_id=event.mediator_id)])


async def tell_of_offer(tx: Transaction, event: SeatOffered) -> None:
    known = {"session_id": event.session_id, "expires_at": event.until}
    await queries.plan(tx, [_planned("seat_offered", event.offer_id, event.beneficiary_id, tx.now, **known)])


async def tell_of_last_hours(tx: Transaction, event: WalletChanged) -> None:
    """Once a book, when hours were followed and one voucher or none is left to use."""
    left = sum(book.available for book in event.books)
    if event.books and event.hours_followed and left <= NEARLY_EMPTY:
        about = event.books[-1].book_id
        await queries.plan(tx, [_planned("book_nearly_empty", about, event.beneficiary_id, tx.now)])


async def tell_of_booking(tx: Transaction, event: BookingConfirmed) -> None:
    """Now, and again before it begins. A cancellation that was heard is not undone."""
    if await queries.booking_locked(tx, event.booking_id):
        return
    tx.add(
        Booking(
            id=event.booking_id,
            session_id=event.session_id,
            beneficiary_id=event.beneficiary_id,
            state="confirmed",
            edition=0,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
        )
    )
    told = _of_booking(event, "booking_confirmed", tx.now, expires_at=event.starts_at)
    await queries.plan(tx, [told, *_reminders(event, tx.now, edition=0)])


async def tell_of_move(tx: Transaction, event: BookingMoved) -> None:
    """The reminders follow the session to its new time (rule 13)."""
    booking = await queries.booking_locked(tx, event.booking_id)
    if booking is None or booking.state != "confirmed" or event.session_version <= booking.edition:
        return
    booking.starts_at, booking.ends_at, booking.edition = event.starts_at, event.ends_at, event.session_version
    await queries.drop(tx, "la séance a changé", Notice.booking_id == event.booking_id)
    edition = event.session_version
    told = _of_booking(event, "booking_moved", tx.now, expires_at=event.starts_at, edition=edition)
    await queries.plan(tx, [told, *_reminders(event, tx.now, edition=edition)])


async def tell_of_cancellation(tx: Transaction, event: BookingCancelled) -> None:
    """What was not sent yet is dropped; what a person does not know of is not cancelled to them."""
    await close_booking(tx, event.booking_id, "cancelled", "la réservation est annulée")
    await queries.plan(tx, [_of_booking(event, "booking_cancelled", tx.now)])


async def close_booking(
    tx: Transaction, booking_id: BookingId, state: Literal["cancelled", "over"], reason: str
) -> None:
    if booking := await queries.booking_locked(tx, booking_id):
        booking.state = state
    await queries.drop(tx, reason, Notice.booking_id == booking_id)


async def forget(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    """The contact is gone: nothing more is told, and nothing told is kept."""
    if contact := await tx.get(Contact, beneficiary_id):
        await tx.delete(contact)
    await queries.drop(tx, "coordonnées effacées", Notice.beneficiary_id == beneficiary_id)
    await queries.forget_contents(tx, beneficiary_id)


def _of_booking(
    event: BookingConfirmed | BookingMoved | BookingCancelled,
    kind: NoticeKind,
    due_at: datetime,
    **more: Any,  # noqa: ANN401 - columns
) -> Notice:
    known = {"booking_id": event.booking_id, "session_id": event.session_id, **more}
    return _planned(kind, event.booking_id, event.beneficiary_id, due_at, **known)


def _reminders(event: BookingConfirmed | BookingMoved, now: datetime, edition: int) -> list[Notice]:
    return [
        _of_booking(event, kind, due, expires_at=event.starts_at, edition=edition)
        for kind, due in reminders(event.starts_at, now)
    ]
