"""What people will be told, and when: each thing that happened becomes notices, planned once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Self
from uuid import UUID

from chassis import erasure, telemetry
from chassis.clock import PARIS
from chassis.db import Reading, Transaction
from contracts.booking import (
    BookingAttended,
    BookingCancelled,
    BookingConfirmed,
    BookingMissed,
    BookingMoved,
    FileAccepted,
    SeatDeclined,
    SeatLapsed,
    SeatOffered,
    WalletChanged,
)
from contracts.ids import BeneficiaryId, BookId, BookingId
from contracts.prescription import (
    BeneficiaryErasureRequested,
    BeneficiaryErasureWithdrawn,
    BookCancelled,
    BookExpired,
    BookPrescribed,
    ErasureRequestEvent,
)
from contracts.words import NoticeKind
from county import links
from services.notifications import queries
from services.notifications.model import Book, Booking, Notice, end_of, expiry_warnings, reminders
from services.notifications.policy import NoticePolicy
from services.notifications.settings import Settings

NEARLY_EMPTY = 1  # vouchers left to use
NEWS_FOR = timedelta(days=14)  # what is older is no news any more, and may come again by a replay
OF_A_BOOKING = (BookingConfirmed, BookingMoved, BookingCancelled, BookingAttended, BookingMissed)
OF_AN_OFFER = (SeatDeclined, SeatLapsed)
OF_A_BOOK = (BookPrescribed, BookCancelled, BookExpired)
OF_A_TIME: tuple[NoticeKind, ...] = ("booking_moved", "reminder_48h", "reminder_3h")


class Plan:
    """The notices of a batch of events: stored together, and before any of them may be dropped."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.now = tx.now
        self.bookings: dict[BookingId, Booking] = {}
        self.books: dict[BookId, Book] = {}
        self.survivors: Mapping[BeneficiaryId, BeneficiaryId] = {}
        self.gone: set[BeneficiaryId] = set()
        self._planned: list[Notice] = []
        self._booked: list[BookingId] = []

    @classmethod
    async def of(cls, tx: Transaction, events: Sequence[object]) -> Self:
        """Lock the bookings and books that the events speak of, and their unsent notices; learn who is who."""
        plan = cls(tx)
        booked = {e.booking_id for e in events if isinstance(e, OF_A_BOOKING)}
        plan.bookings = await queries.bookings_for_update(tx, booked)
        books = {e.book_id for e in events if isinstance(e, OF_A_BOOK)}
        books |= {book.book_id for e in events if isinstance(e, WalletChanged) for book in e.books}
        plan.books = await queries.books_for_update(tx, books)
        people = {e.beneficiary_id for e in events if hasattr(e, "beneficiary_id")}
        plan.survivors = await queries.survivors_of(tx, people)
        offers = {e.offer_id for e in events if isinstance(e, OF_AN_OFFER)}
        followed = {plan.who(e.beneficiary_id) for e in events if isinstance(e, FileAccepted)}
        requests = {e.request_id for e in events if isinstance(e, ErasureRequestEvent)}
        await queries.lock_unsent(tx, {*plan.bookings, *plan.books, *offers, *followed, *requests})
        return plan

    def who(self, person: BeneficiaryId) -> BeneficiaryId:
        """Give the id that is theirs since two records were merged."""
        return self.survivors.get(person, person)

    def book(self, book_id: BookId, person: BeneficiaryId) -> Book:
        """Give the book as it is known, or what is known of it so far."""
        if book_id not in self.books:
            self.books[book_id] = Book(
                id=book_id, beneficiary_id=self.who(person), prescribed_at=None, expires_on=None,
                closed=False, available=5, version=0,
            )  # fmt: skip
            if person not in self.gone:
                self.tx.add(self.books[book_id])
        return self.books[book_id]

    def add(self, kind: NoticeKind, about_id: UUID, person: BeneficiaryId, due_at: datetime, **known: Any) -> None:  # noqa: ANN401 - columns
        """Plan a notice of that kind, but not to the erased. `known` are the columns that `Notice.planned` takes."""
        if person in self.gone:
            return
        thread = {"correlation": telemetry.correlation_id(), "created_at": self.now}
        self._planned.append(Notice.planned(kind, about_id, self.who(person), due_at, **thread | known))

    def forget(self, person: BeneficiaryId) -> None:
        """Pass over what follows of a person who was erased in this very batch."""
        self.gone.add(person)
        for book in [book for book in self.books.values() if book.beneficiary_id == person]:
            self.tx.expunge(self.books.pop(book.id))

    def book_seat(self, booking: Booking) -> None:
        """Note the booking. An offer has the id of the booking that it becomes: nobody has to answer it any more."""
        self.tx.add(booking)
        self.bookings[booking.id] = booking
        self._booked.append(booking.id)

    async def store(self) -> None:
        """Store what was planned until now, and drop the offers that were accepted."""
        planned, self._planned = self._planned, []
        booked, self._booked = self._booked, []
        await queries.plan(self.tx, planned)
        await queries.drop_about(self.tx, "la place est déjà réservée", booked, "seat_offered")


def plan_book_prescribed(plan: Plan, event: BookPrescribed) -> None:
    """Tell it now, and before the book ends (rule 8)."""
    book, person = plan.book(event.book_id, event.beneficiary_id), event.beneficiary_id
    book.prescribed_at, book.expires_on = event.prescribed_at, event.expires_on
    plan.add("book_prescribed", event.book_id, person, plan.now, expires_at=event.prescribed_at + NEWS_FOR)
    if event.expires_on:
        for days, due in expiry_warnings(event.expires_on, plan.now):
            plan.add("book_expiring", book.id, person, due, edition=days, expires_at=end_of(event.expires_on))


async def close_book(plan: Plan, event: BookCancelled | BookExpired) -> None:
    plan.book(event.book_id, event.beneficiary_id).closed = True
    await plan.store()
    await queries.drop_about(plan.tx, "le chéquier est clos", [event.book_id])


async def plan_file_accepted(plan: Plan, event: FileAccepted) -> None:
    """Name each who takes over: the minute tells them from the one before, of whom no notice speaks any more."""
    person, edition = event.beneficiary_id, int(event.accepted_at.timestamp()) // 60
    await plan.store()
    reason = "un autre médiateur accompagne la personne"
    await queries.drop_former_mediators(plan.tx, reason, plan.who(person), edition)
    known = {"mediator_id": event.mediator_id, "expires_at": event.accepted_at + NEWS_FOR, "edition": edition}
    plan.add("file_accepted", person, person, plan.now, **known)


def plan_erasure_requested(plan: Plan, event: BeneficiaryErasureRequested) -> None:
    """Tell it now: until it is done they can say no (rule 27)."""
    plan.add("erasure_requested", event.request_id, event.beneficiary_id, plan.now, expires_at=event.due_at)


async def plan_erasure_withdrawn(plan: Plan, event: BeneficiaryErasureWithdrawn) -> None:
    await plan.store()
    reason = "la demande d'effacement est annulée"
    await queries.drop_about(plan.tx, reason, [event.request_id], "erasure_requested")
    await queries.end_about(plan.tx, event.request_id, "erasure_requested")
    plan.add("erasure_withdrawn", event.request_id, event.beneficiary_id, plan.now, expires_at=plan.now + NEWS_FOR)


def plan_seat_offered(plan: Plan, event: SeatOffered) -> None:
    known = {"session_id": event.session_id, "expires_at": event.until}
    plan.add("seat_offered", event.offer_id, event.beneficiary_id, plan.now, **known)


async def close_offer(plan: Plan, offer_id: UUID) -> None:
    await plan.store()
    await queries.drop_about(plan.tx, "la place n'est plus proposée", [offer_id])
    await queries.end_about(plan.tx, offer_id)


def plan_book_nearly_empty(plan: Plan, event: WalletChanged) -> None:
    """Tell it once a book, when hours were followed and one voucher or none is left. Older news change nothing."""
    news = [(use, plan.book(use.book_id, event.beneficiary_id)) for use in event.books]
    fresh = [(use, book) for use, book in news if book.version < event.version]
    for use, book in fresh:
        book.available, book.version = use.available, event.version
    left = sum(use.available for use, _ in news)
    if fresh and event.hours_followed and left <= NEARLY_EMPTY:
        last = event.books[-1].book_id
        plan.add("book_nearly_empty", last, event.beneficiary_id, plan.now, expires_at=plan.now + NEWS_FOR)


def plan_booking_confirmed(plan: Plan, event: BookingConfirmed) -> None:
    """Tell it now, and again before it begins. A cancellation that came before is not undone."""
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
    """Tell it now; the reminders follow the session to its new time (rule 13)."""
    booking = plan.bookings.get(event.booking_id)
    if booking is None or booking.state != "confirmed" or event.session_version <= booking.edition:
        return
    booking.starts_at, booking.ends_at, booking.edition = event.starts_at, event.ends_at, event.session_version
    await plan.store()
    await queries.drop_of_booking(plan.tx, "la séance a changé", event.booking_id, OF_A_TIME)
    _add(plan, event, "booking_moved", plan.now, expires_at=event.starts_at, edition=event.session_version)
    _remind(plan, event, edition=event.session_version)


async def plan_booking_cancelled(plan: Plan, event: BookingCancelled) -> None:
    """Drop what was not sent yet. Too late to cancel is an absence: of that nothing is written (rule 17)."""
    await close_booking(plan, event.booking_id, "cancelled", "la réservation est annulée")
    booking = plan.bookings.get(event.booking_id)
    if not event.late:
        until = booking.starts_at if booking else plan.now + NEWS_FOR
        _add(plan, event, "booking_cancelled", plan.now, expires_at=until)


async def close_booking(plan: Plan, booking_id: BookingId, state: Literal["cancelled", "over"], reason: str) -> None:
    if booking := plan.bookings.get(booking_id):
        booking.state = state
    await plan.store()
    await queries.drop_of_booking(plan.tx, reason, booking_id)


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


async def unseen_books(reading: Reading, now: datetime, policy: NoticePolicy) -> Sequence[BookId]:
    today = now.astimezone(PARIS).date()
    return [book.id for book in await queries.long_unseen(reading, now - policy.unseen_after, today)]


async def plan_long_unseen(tx: Transaction, settings: Settings, among: Collection[BookId] | None = None) -> None:
    """Remind, in a timed job, people with hours to use whom nobody has seen for three weeks: once a book.

    Of all books, or of those among some. That it was done stays with the book, as long as it.
    """
    today, secret = tx.now.astimezone(PARIS).date(), settings.link_secret
    unseen = await queries.long_unseen(tx, tx.now - settings.policy.unseen_after, today, among)
    here = await erasure.staying(tx, {book.beneficiary_id for book in unseen})
    notices = []
    for book in [book for book in unseen if book.beneficiary_id in here]:
        book.unseen_told_at, book.stop_code = tx.now, links.code_for(secret.get_secret_value(), book.id)
        known = {"expires_at": tx.now + NEWS_FOR, "correlation": f"long_unseen {book.id}"}
        notices.append(Notice.planned("long_unseen", book.id, book.beneficiary_id, tx.now, **known))
    await queries.plan(tx, notices)
