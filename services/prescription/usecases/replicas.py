"""What other services published is recorded: the use of books, sessions, messages that failed, what is not wanted."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis import telemetry
from chassis.db import Transaction
from chassis.outbox import publish
from contracts.booking import BookUse, WalletChanged
from contracts.ids import BeneficiaryId, BookId
from contracts.notifications import ContactOptedOut, NoticeDelivered, NoticeFailed, NoticeToCall
from services.prescription import queries
from services.prescription.model import (
    Beneficiary,
    Book,
    Booking,
    BookingNews,
    TroubledNotice,
    Voucher,
    mark_current,
)
from services.prescription.usecases.beneficiaries import references


def record_use(
    tx: Transaction, person: Beneficiary | None, books: Mapping[BookId, Book], wallet: WalletChanged
) -> None:
    """Record the use of a person's vouchers; an older event, or one of a merged record, changes nothing.

    What it tells in the thread of a correction confirms that correction.
    """
    if person is None or person.id != wallet.beneficiary_id or not person.record_hours(wallet):
        return
    mine = [book for book in books.values() if book.beneficiary_id == person.id]
    printed = references(mine)
    for use in wallet.books:
        if book := books.get(use.book_id):
            settle(tx, book, use)
            book.used(use)
    if references(mine) != printed:
        state_reopened(tx, person, mine)


def settle(tx: Transaction, book: Book, use: BookUse) -> None:
    """Answer what was asked in this thread.

    Booking tells each change of a wallet, in order: only what was asked lies between what is known and this telling.
    """
    for change in book.changes:
        if change.confirmed_at is None and change.thread == telemetry.correlation_id():
            book.answered(change, use, tx.now)


def state_reopened(tx: Transaction, person: Beneficiary, books: Sequence[Book]) -> None:
    """State the contact anew when a cancellation came too late: the book and its reference are in use again."""
    mark_current(books)
    person.version += 1
    publish(tx, person.contact(*references(books)))


def record_booking(
    tx: Transaction,
    person: Beneficiary | None,
    known: dict[UUID, Booking],
    vouchers: Mapping[UUID, Voucher],
    event: BookingNews,
) -> None:
    """Record a person's place in a session; its vouchers are where it says. Nothing of nobody."""
    if person is None:
        return
    if event.booking_id not in known:
        known[event.booking_id] = Booking.first_stated(event)
        tx.add(known[event.booking_id])
    booking = known[event.booking_id]
    booking.beneficiary_id = person.id
    state = booking.apply(event)
    for voucher_id in booking.voucher_ids:
        if voucher_id in vouchers:
            vouchers[voucher_id].state = state


async def record_notices(
    tx: Transaction,
    people: Mapping[UUID, Beneficiary],
    notices: Sequence[NoticeDelivered | NoticeFailed | NoticeToCall],
) -> None:
    """Record troubles in the order of the events: what arrived settles the one before it, and none that comes after."""
    arrived: set[queries.About] = set()
    troubles: dict[queries.About, list[NoticeFailed | NoticeToCall]] = {}
    for notice in notices:
        about = (notice.beneficiary_id, notice.booking_id, notice.kind)
        if isinstance(notice, NoticeDelivered):
            arrived.add(about)
            troubles.pop(about, None)
        else:
            troubles.setdefault(about, []).append(notice)
    await queries.settle_notices(tx, arrived)
    for trouble in (notice for several in troubles.values() for notice in several if notice.beneficiary_id in people):
        await tx.merge(troubled(people[trouble.beneficiary_id].id, trouble, tx))


def troubled(whose: BeneficiaryId, notice: NoticeFailed | NoticeToCall, tx: Transaction) -> TroubledNotice:
    return TroubledNotice(
        notice_id=notice.notice_id,
        beneficiary_id=whose,
        booking_id=notice.booking_id,
        kind=notice.kind,
        channel=notice.channel,
        to_call=isinstance(notice, NoticeToCall),
        reason=notice.reason,
        heard_at=tx.now,
    )


async def record_opt_out(tx: Transaction, person: Beneficiary | None, event: ContactOptedOut) -> None:
    """Record what a person no longer wants, and state the contact again: prescription is the record of it (rule 25)."""
    if person and person.opted_out(event):
        publish(tx, person.contact(*references(await queries.books_of(tx, person.id))))
