"""What the other services told is kept: the use of the books, sessions, messages that failed, what is not wanted."""

from collections.abc import Mapping
from uuid import UUID

from chassis import telemetry
from chassis.db import Transaction
from chassis.outbox import say
from contracts.booking import BookUse, WalletChanged
from contracts.ids import BeneficiaryId, BookId
from contracts.notifications import ContactOptedOut, NoticeFailed, NoticeToCall
from services.prescription import queries
from services.prescription.model import Beneficiary, Book, Booking, BookingTold, TroubledNotice, Voucher
from services.prescription.model.change import AFTER
from services.prescription.usecases.people import references


def keep_use(tx: Transaction, person: Beneficiary | None, books: Mapping[BookId, Book], wallet: WalletChanged) -> None:
    """What booking told of a person's vouchers; an older telling changes nothing.

    What it tells in the thread of a correction confirms that correction.
    """
    if person is None or not person.hours_told(wallet):
        return
    for use in wallet.books:
        if book := books.get(use.book_id):
            settle(tx, book, use)
            book.used(use)


def settle(tx: Transaction, book: Book, use: BookUse) -> None:
    """What was asked in this thread is answered: done, or too late when the voucher had moved on meanwhile.

    Booking tells each change of a wallet, in order: only what was asked lies between what is known and this telling.
    """
    for change in book.changes:
        if change.confirmed_at is None and change.thread == telemetry.correlation_id():
            after = AFTER[change.kind]
            change.confirmed_at = tx.now
            change.done = change.voucher_id is None or getattr(use, after) > getattr(book, after)
            for voucher in book.vouchers if change.done else ():
                voucher.state = after if change.voucher_id in {voucher.id, None} else voucher.state


def keep_booking(
    tx: Transaction, known: dict[UUID, Booking], vouchers: Mapping[UUID, Voucher], event: BookingTold
) -> Booking:
    """A person's place in a session; its vouchers are where it says."""
    if event.booking_id not in known:
        known[event.booking_id] = Booking.heard_of(event)
        tx.add(known[event.booking_id])
    booking = known[event.booking_id]
    state = booking.keep(event)
    for voucher_id in booking.voucher_ids:
        if voucher_id in vouchers:
            vouchers[voucher_id].state = state
    return booking


async def keep_trouble(tx: Transaction, whose: BeneficiaryId, notice: NoticeFailed | NoticeToCall) -> None:
    await tx.merge(
        TroubledNotice(
            notice_id=notice.notice_id,
            beneficiary_id=whose,
            booking_id=notice.booking_id,
            kind=notice.kind,
            channel=notice.channel,
            to_call=isinstance(notice, NoticeToCall),
            reason=notice.reason,
            heard_at=tx.now,
        )
    )


async def keep_opt_out(tx: Transaction, whose: BeneficiaryId, event: ContactOptedOut) -> None:
    """Prescription is the record of what a person no longer wants, and states the contact again."""
    people = await queries.people_locked(tx, {whose})
    person = people.get(whose)
    if person and person.opted_out(event):
        say(tx, person.contact(references(await queries.books_of(tx, whose))))
