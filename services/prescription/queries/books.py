"""Books, their vouchers and what was decided about them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import selectinload

from chassis.db import Reading, Transaction, any_of
from chassis.refusal import NotFound
from contracts.ids import BookId, CentreId, VoucherId
from services.prescription.model import Beneficiary, Book, Booking, Voucher

AT_THE_END = text("SET CONSTRAINTS books_rank, books_current DEFERRED")


class NoSuchBook(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce chéquier n'existe pas, ou n'est pas à cette personne. Cherchez-le par sa référence.")


async def judge_ranks_at_the_end(tx: Transaction) -> None:
    """Let the database judge the ranks of books, and which is current, when the transaction ends (rule 5)."""
    await tx.execute(AT_THE_END)


async def books_of(reading: Reading, *beneficiary_ids: UUID) -> Sequence[Book]:
    """Loads books with vouchers and changes, the first prescribed first; as they are after a lock was waited for."""
    query = select(Book).where(any_of(Book.beneficiary_id, beneficiary_ids))
    query = query.options(selectinload(Book.vouchers), selectinload(Book.changes))
    query = query.order_by(Book.beneficiary_id, Book.prescribed_at, Book.id).execution_options(populate_existing=True)
    return (await reading.scalars(query)).all()


async def book(reading: Reading, book_id: BookId) -> Book:
    query = select(Book).where(Book.id == book_id).options(selectinload(Book.vouchers), selectinload(Book.changes))
    known = (await reading.scalars(query.execution_options(populate_existing=True))).one_or_none()
    if known is None:
        raise NoSuchBook
    return known


async def references_of(reading: Reading, ids: Collection[UUID]) -> dict[UUID, str]:
    """Gives what is printed on each of these books."""
    references = await reading.execute(select(Book.id, Book.reference).where(any_of(Book.id, ids)))
    return dict(references.all())


async def ended_books(reading: Reading, today: date) -> Sequence[BookId]:
    """Lists those past their last day that have not expired yet."""
    return (await reading.scalars(select(Book.id).where(*_past(today)).order_by(Book.id))).all()


async def past_their_day(tx: Transaction, today: date, among: Collection[BookId]) -> Sequence[Book]:
    """Loads those of these that are past their last day, as they are once their owners are locked."""
    query = select(Book).where(*_past(today), any_of(Book.id, among))
    return (await tx.scalars(query.execution_options(populate_existing=True))).all()


def _past(today: date) -> tuple[ColumnElement[bool], ...]:
    return Book.state == "active", Book.expires_on < today


async def vouchers_by_id(tx: Transaction, ids: Collection[VoucherId]) -> dict[UUID, Voucher]:
    if not ids:
        return {}
    return {voucher.id: voucher for voucher in await tx.scalars(select(Voucher).where(any_of(Voucher.id, ids)))}


async def unbooked(
    reading: Reading, centre_id: CentreId | None, before: datetime, most: int
) -> Sequence[tuple[Beneficiary, Book]]:
    """Lists who has a book since before that moment and nothing booked: who waits longest first. None: all centres."""
    booked = select(Booking.id).where(
        Booking.beneficiary_id == Book.beneficiary_id,
        Booking.state != "cancelled",
        func.coalesce(Booking.booked_at, Booking.starts_at) >= Book.prescribed_at,
    )
    query = select(Beneficiary, Book).join(Book, Book.beneficiary_id == Beneficiary.id)
    query = query.where(
        Book.current, Book.state == "active", Book.available > 0, Book.prescribed_at < before, ~booked.exists()
    )
    if centre_id:
        query = query.where((Beneficiary.centre_id == centre_id) | (Beneficiary.preferred_centre_id == centre_id))
    return [(person, book) for person, book in await reading.execute(query.order_by(Book.prescribed_at).limit(most))]
