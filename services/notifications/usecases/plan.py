"""What a batch of events will have told, before it is stored."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, and_

from chassis import telemetry
from chassis.db import Transaction, one_of
from contracts.booking import (
    BookingAttended,
    BookingCancelled,
    BookingConfirmed,
    BookingMissed,
    BookingMoved,
    FileAccepted,
    SeatDeclined,
    SeatLapsed,
    WalletChanged,
)
from contracts.ids import BeneficiaryId, BookId, BookingId
from contracts.prescription import BookCancelled, BookExpired, BookPrescribed, ErasureRequestEvent
from contracts.words import NoticeKind
from services.notifications import queries
from services.notifications.model import Book, Booking, Notice

OF_A_BOOKING = (BookingConfirmed, BookingMoved, BookingCancelled, BookingAttended, BookingMissed)
OF_AN_OFFER = (SeatDeclined, SeatLapsed)
OF_A_BOOK = (BookPrescribed, BookCancelled, BookExpired)


class Plan:
    """What a batch of events will have told: stored together, and before anything of it may be dropped."""

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
        """With the bookings and books that the events speak of and what is to be told of them, locked; who is who."""
        plan = cls(tx)
        plan.bookings = await queries.bookings_for_update(
            tx, {e.booking_id for e in events if isinstance(e, OF_A_BOOKING)}
        )
        books = {e.book_id for e in events if isinstance(e, OF_A_BOOK)}
        books |= {book.book_id for e in events if isinstance(e, WalletChanged) for book in e.books}
        plan.books = await queries.books_for_update(tx, books)
        plan.survivors = await queries.survivors_of(
            tx, {e.beneficiary_id for e in events if hasattr(e, "beneficiary_id")}
        )
        offers = {e.offer_id for e in events if isinstance(e, OF_AN_OFFER)}
        followed = {plan.who(e.beneficiary_id) for e in events if isinstance(e, FileAccepted)}
        requests = {e.request_id for e in events if isinstance(e, ErasureRequestEvent)}
        await queries.lock_unsent(tx, {*plan.bookings, *plan.books, *offers, *followed, *requests})
        return plan

    def who(self, person: BeneficiaryId) -> BeneficiaryId:
        """Under the id that is theirs since two records became one."""
        return self.survivors.get(person, person)

    def book(self, book_id: BookId, person: BeneficiaryId) -> Book:
        """As it is known, or what is known of it so far."""
        if book_id not in self.books:
            self.books[book_id] = Book(
                id=book_id, beneficiary_id=self.who(person), prescribed_at=None, expires_on=None,
                closed=False, available=5, version=0,
            )  # fmt: skip
            if person not in self.gone:
                self.tx.add(self.books[book_id])
        return self.books[book_id]

    def add(self, kind: NoticeKind, about_id: UUID, person: BeneficiaryId, due_at: datetime, **known: Any) -> None:  # noqa: ANN401 - columns
        if person in self.gone:
            return
        thread = {"correlation": telemetry.correlation_id(), "created_at": self.now}
        self._planned.append(Notice.planned(kind, about_id, self.who(person), due_at, **thread | known))

    def forget(self, person: BeneficiaryId) -> None:
        """Erased in this very batch: what follows of them is not heard."""
        self.gone.add(person)
        for book in [one for one in self.books.values() if one.beneficiary_id == person]:
            self.tx.expunge(self.books.pop(book.id))

    async def drop(self, reason: str, of: ColumnElement[bool]) -> None:
        await self.store()
        await queries.drop(self.tx, reason, of)

    def book_seat(self, booking: Booking) -> None:
        """An offer has the id of the booking that it becomes: nobody has to answer it any more."""
        self.tx.add(booking)
        self.bookings[booking.id] = booking
        self._booked.append(booking.id)

    async def store(self) -> None:
        planned, self._planned = self._planned, []
        booked, self._booked = self._booked, []
        await queries.plan(self.tx, planned)
        if booked:
            taken = and_(one_of(Notice.about_id, booked), Notice.kind == "seat_offered")
            await queries.drop(self.tx, "la place est déjà réservée", taken)
