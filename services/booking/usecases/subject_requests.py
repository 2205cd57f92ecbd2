"""A person asks for what is stored of them, or to be forgotten; or time has passed. Rule 27."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from chassis import erasure
from chassis.db import Transaction
from chassis.outbox import publish
from contracts.booking import BookingCopyAnswered, BookingErasureCompleted
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import CopyRequested
from county import copies
from services.booking import queries, texts
from services.booking.model import Cause, Session, Wallet
from services.booking.model.ledger import ORGANISER
from services.booking.policy import BookingPolicy
from services.booking.usecases.waiting import pass_on
from services.booking.usecases.wallets import record_moves


async def answer_copy(tx: Transaction, asked: CopyRequested) -> None:
    await tx.flush()
    stored = await queries.stored_of(tx, asked.beneficiary_id)
    await copies.answer(tx, asked, BookingCopyAnswered, partial(texts.sections, stored))


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
    await queries.delete_people(tx, people)
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
    record_moves(tx, wallet)


async def _make_nobodys(tx: Transaction, wallets: Sequence[Wallet]) -> None:
    """Hours and seats keep counting, under ids that are written nowhere else. All that was loaded is stored first."""
    nobodys = {wallet.beneficiary_id: wallet.nobodys(BeneficiaryId(uuid7())) for wallet in wallets}
    tx.add_all(nobodys.values())
    await tx.flush()
    await queries.move_hours(tx, {owner: nobody.beneficiary_id for owner, nobody in nobodys.items()})


async def forget_old_bookings(tx: Transaction, *, before: datetime) -> None:
    """Who was in a session that long ago is no longer known, and which voucher paid for it neither.

    What is unmarked is settled before, by a job of its own.
    """
    old = await queries.old_bookings(tx, before)
    await queries.forget_whose(tx, [booking.id for booking in old], {booking.beneficiary_id for booking in old})
