"""Someone asks to be forgotten, or time has passed: what remains is figures about nobody. Rule 27."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import delete, update

from chassis import erasure
from chassis.db import Transaction, any_of
from chassis.outbox import publish
from contracts.booking import BookingErasureCompleted
from contracts.ids import BeneficiaryId, BookingId, uuid7
from contracts.words import Actor
from services.booking import queries
from services.booking.model import (
    Alias,
    Booking,
    Cause,
    File,
    FileMove,
    Flag,
    LedgerEntry,
    Person,
    Session,
    TroubledNotice,
    Voucher,
    Wallet,
    attendance,
)
from services.booking.policy import BookingPolicy
from services.booking.usecases.telling import tell, write
from services.booking.usecases.waiting import pass_on

ORGANISER, SYSTEM = Actor(kind="organiser"), Actor(kind="system")
FORGOTTEN = (Person, File, FileMove, Flag, TroubledNotice)
BECOME_NOBODYS = (Voucher, LedgerEntry, Booking)


async def erase(tx: Transaction, beneficiary_id: BeneficiaryId, *, policy: BookingPolicy) -> None:
    """Seats to come are free again, hours followed stay as hours of nobody, the rest is deleted.

    With the records that were merged into theirs.
    """
    people = {beneficiary_id, *await queries.merged_into(tx, beneficiary_id)}
    await erasure.take_turns(tx, [], erasing=people)
    sessions, wallets = await queries.histories_for_update(tx, people)
    for wallet in wallets.values():
        await _give_up_seats(tx, wallet, sessions, policy)
    for session in sessions.values():
        await pass_on(tx, session, policy=policy)
    publish(tx, *[session.filled() for session in sessions.values()])
    await _make_nobodys(tx, [*wallets.values()])
    for kind in FORGOTTEN:
        await tx.execute(delete(kind).where(any_of(kind.beneficiary_id, people)))
    await tx.execute(delete(Alias).where(any_of(Alias.survivor_id, people) | any_of(Alias.merged_id, people)))
    for person in people:
        await erasure.forget(tx, BeneficiaryId(person))
    publish(tx, BookingErasureCompleted(beneficiary_id=beneficiary_id, service="booking"))


async def _give_up_seats(
    tx: Transaction, wallet: Wallet, sessions: Mapping[UUID, Session], policy: BookingPolicy
) -> None:
    """Places in lists are left, offers end, seats to come are given back."""
    for waiting, _ in await queries.waits_of(tx, wallet.beneficiary_id):
        publish(tx, waiting.leaves(sessions[waiting.session_id], "erased"))
        await tx.delete(waiting)
    for booking in await queries.seats_of(tx, wallet.beneficiary_id):
        session = sessions[booking.session_id]
        if booking.state == "offered":
            publish(tx, booking.end_offer(session, "declined"))
        elif booking.starts_at > tx.now:
            cause = Cause("effacement demandé", ORGANISER, tx.now, booking.id)
            publish(tx, booking.cancel(session, wallet, cause, policy))
    write(tx, wallet)


async def _make_nobodys(tx: Transaction, wallets: Sequence[Wallet]) -> None:
    """Hours and seats keep counting, under ids that are written nowhere else. All that was loaded is stored first."""
    nobodys = [wallet.nobodys(BeneficiaryId(uuid7())) for wallet in wallets]
    tx.add_all(nobodys)
    await tx.flush()
    for wallet, nobody in zip(wallets, nobodys, strict=True):
        for kind in BECOME_NOBODYS:
            mine = kind.beneficiary_id == wallet.beneficiary_id
            await tx.execute(update(kind).where(mine).values(beneficiary_id=nobody.beneficiary_id))
    tx.expunge_all()
    await tx.execute(delete(Wallet).where(any_of(Wallet.beneficiary_id, [one.beneficiary_id for one in wallets])))


async def forget_old_bookings(tx: Transaction, *, before: datetime) -> None:
    """Who was in a session that long ago is no longer known, and which voucher paid for it neither.

    What is unmarked is settled before, by a job of its own.
    """
    old = await queries.old_bookings(tx, before)
    ids, people = [one.id for one in old], {one.beneficiary_id for one in old}
    paid = any_of(Voucher.beneficiary_id, people), any_of(Voucher.booking_id, ids)
    moved = any_of(LedgerEntry.beneficiary_id, people), any_of(LedgerEntry.booking_id, ids)
    await tx.execute(update(Voucher).where(*paid).values(booking_id=None))
    await tx.execute(update(LedgerEntry).where(*moved).values(booking_id=None))
    await tx.execute(update(Booking).where(any_of(Booking.id, ids)).values(beneficiary_id=None, by_id=None))


async def settle_unmarked(tx: Transaction, among: Collection[BookingId], *, before: datetime) -> None:
    """A voucher that is still held for so old a session is given back: nobody will say any more who was there."""
    unmarked = partial(queries.never_marked, tx, before, among)
    await queries.sessions_locked(tx, {one.session_id for one in await unmarked()})
    bookings, wallets = await queries.with_wallets_locked(tx, unmarked)
    for booking in bookings:
        cause = Cause("présence jamais notée", SYSTEM, tx.now, booking.id)
        attendance.never_noted(booking, wallets[booking.person], cause)
    for person in {booking.person for booking in bookings}:
        await tell(tx, wallets[person])
    await tx.flush()
