"""What will be told, and when: each thing that happened becomes notices, planned once."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_

from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingMoved,
    FileAccepted,
    SeatOffered,
    WalletChanged,
)
from contracts.ids import BookingId
from contracts.prescription import (
    BeneficiaryErasureRequested,
    BeneficiaryErasureWithdrawn,
    BookCancelled,
    BookExpired,
    BookPrescribed,
)
from contracts.words import NoticeKind
from services.notifications import queries
from services.notifications.model import Booking, Notice, end_of, expiry_warnings, reminders
from services.notifications.usecases.plan import Plan

NEARLY_EMPTY = 1  # vouchers left to use
NEWS_FOR = timedelta(days=14)  # what is older is no news any more, and may be told again by a replay


def plan_book_prescribed(plan: Plan, event: BookPrescribed) -> None:
    """Now, and before it ends (rule 8)."""
    book, person = plan.book(event.book_id, event.beneficiary_id), event.beneficiary_id
    book.prescribed_at, book.expires_on = event.prescribed_at, event.expires_on
    plan.add("book_prescribed", event.book_id, person, plan.now, expires_at=event.prescribed_at + NEWS_FOR)
    if event.expires_on:
        for days, due in expiry_warnings(event.expires_on, plan.now):
            plan.add("book_expiring", book.id, person, due, edition=days, expires_at=end_of(event.expires_on))


async def close_book(plan: Plan, event: BookCancelled | BookExpired) -> None:
    plan.book(event.book_id, event.beneficiary_id).closed = True
    await plan.drop("le chéquier est clos", Notice.about_id == event.book_id)


async def plan_file_accepted(plan: Plan, event: FileAccepted) -> None:
    """Each who takes over: the minute tells one from the one before, of whom nothing is said any more."""
    person, edition = event.beneficiary_id, int(event.accepted_at.timestamp()) // 60
    before = Notice.beneficiary_id == plan.who(person), Notice.kind == "file_accepted", Notice.edition < edition
    await plan.drop("un autre médiateur accompagne la personne", and_(*before))
    known = {"mediator_id": event.mediator_id, "expires_at": event.accepted_at + NEWS_FOR, "edition": edition}
    plan.add("file_accepted", person, person, plan.now, **known)


def plan_erasure_requested(plan: Plan, event: BeneficiaryErasureRequested) -> None:
    """Now: until it is done they can say no (rule 27)."""
    plan.add("erasure_requested", event.request_id, event.beneficiary_id, plan.now, expires_at=event.due_at)


async def plan_erasure_withdrawn(plan: Plan, event: BeneficiaryErasureWithdrawn) -> None:
    requested = and_(Notice.about_id == event.request_id, Notice.kind == "erasure_requested")
    await plan.drop("la demande d'effacement est annulée", requested)
    await queries.end(plan.tx, requested)
    plan.add("erasure_withdrawn", event.request_id, event.beneficiary_id, plan.now, expires_at=plan.now + NEWS_FOR)


def plan_seat_offered(plan: Plan, event: SeatOffered) -> None:
    known = {"session_id": event.session_id, "expires_at": event.until}
    plan.add("seat_offered", event.offer_id, event.beneficiary_id, plan.now, **known)


async def close_offer(plan: Plan, offer_id: UUID) -> None:
    await plan.drop("la place n'est plus proposée", Notice.about_id == offer_id)
    await queries.end(plan.tx, Notice.about_id == offer_id)


def plan_book_nearly_empty(plan: Plan, event: WalletChanged) -> None:
    """Once a book, when hours were followed and one voucher or none is left to use. Older news change nothing."""
    news = [(use, plan.book(use.book_id, event.beneficiary_id)) for use in event.books]
    fresh = [(use, book) for use, book in news if book.version < event.version]
    for use, book in fresh:
        book.available, book.version = use.available, event.version
    left = sum(use.available for use, _ in news)
    if fresh and event.hours_followed and left <= NEARLY_EMPTY:
        last = event.books[-1].book_id
        plan.add("book_nearly_empty", last, event.beneficiary_id, plan.now, expires_at=plan.now + NEWS_FOR)


def plan_booking_confirmed(plan: Plan, event: BookingConfirmed) -> None:
    """Now, and again before it begins. A cancellation that was heard is not undone."""
    if event.booking_id in plan.bookings:
        return
    booking = Booking(
        id=event.booking_id,
        session_id=event.session_id,
        beneficiary_id=plan.who(event.beneficiary_id),
        state="confirmed",
        edition=0,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
    )
    plan.book_seat(booking)
    _add(plan, event, "booking_confirmed", plan.now, expires_at=event.starts_at)
    _remind(plan, event, edition=0)


async def plan_booking_moved(plan: Plan, event: BookingMoved) -> None:
    """The reminders follow the session to its new time (rule 13)."""
    booking = plan.bookings.get(event.booking_id)
    if booking is None or booking.state != "confirmed" or event.session_version <= booking.edition:
        return
    booking.starts_at, booking.ends_at, booking.edition = event.starts_at, event.ends_at, event.session_version
    outdated = Notice.kind.in_(["booking_moved", "reminder_48h", "reminder_3h"])
    await plan.drop("la séance a changé", and_(Notice.booking_id == event.booking_id, outdated))
    _add(plan, event, "booking_moved", plan.now, expires_at=event.starts_at, edition=event.session_version)
    _remind(plan, event, edition=event.session_version)


async def plan_booking_cancelled(plan: Plan, event: BookingCancelled) -> None:
    """What was not sent yet is dropped. Too late to cancel is an absence: of that nothing is written (rule 17)."""
    await close_booking(plan, event.booking_id, "cancelled", "la réservation est annulée")
    booking = plan.bookings.get(event.booking_id)
    if not event.late:
        until = booking.starts_at if booking else plan.now + NEWS_FOR
        _add(plan, event, "booking_cancelled", plan.now, expires_at=until)


async def close_booking(plan: Plan, booking_id: BookingId, state: Literal["cancelled", "over"], reason: str) -> None:
    if booking := plan.bookings.get(booking_id):
        booking.state = state
    await plan.drop(reason, Notice.booking_id == booking_id)


def _add(
    plan: Plan,
    event: BookingConfirmed | BookingMoved | BookingCancelled,
    kind: NoticeKind,
    due_at: datetime,
    **more: Any,  # noqa: ANN401 - columns
) -> None:
    known = {"booking_id": event.booking_id, "session_id": event.session_id, **more}
    plan.add(kind, event.booking_id, event.beneficiary_id, due_at, **known)


def _remind(plan: Plan, event: BookingConfirmed | BookingMoved, edition: int) -> None:
    for kind, due in reminders(event.starts_at, plan.now):
        _add(plan, event, kind, due, expires_at=event.starts_at, edition=edition)
