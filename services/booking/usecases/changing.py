"""A seat is given back, attendance is marked, mistakes are mended. Rules 16 and 17."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from chassis.db import Transaction
from chassis.journal import concerns
from chassis.outbox import publish
from contracts.booking import BookingAttended, BookingMissed
from contracts.ids import BeneficiaryId, BookingId, MediatorId, SessionId
from contracts.words import Actor
from services.booking import queries
from services.booking.model import Booking, Cause, Flag, Wallet, attendance
from services.booking.policy import BookingPolicy
from services.booking.usecases.telling import is_somebodys, tell, told
from services.booking.usecases.waiting import pass_on


async def cancel(tx: Transaction, booking_id: BookingId, *, by: Actor, reason: str, policy: BookingPolicy) -> Booking:
    """The seat goes to the next who waits. After the cut-off it counts as an absence (rule 16)."""
    booking, session, wallet = await queries.booking_locked(tx, booking_id)
    cancelled = booking.cancel(session, wallet, Cause(reason, by, tx.now, booking_id), policy)
    publish(tx, cancelled, told(tx, wallet))
    if cancelled.late:
        await raise_flag(tx, wallet, policy, late=True)
    await pass_on(tx, session, policy=policy)
    publish(tx, session.filled())
    return booking


@dataclass(frozen=True)
class Mark:
    """Who was there, as `by` saw it. A reason is needed to mend what was marked before."""

    attended: bool
    by: Actor
    reason: str = ""

    def cause(self, booking: Booking, now: datetime) -> Cause:
        told = ("présence" if self.attended else "absence") if booking.state == "confirmed" else ""
        return Cause(self.reason or told, self.by, now, booking.id)


async def mark(tx: Transaction, booking_id: BookingId, mark: Mark, *, policy: BookingPolicy) -> Booking:
    """Vouchers are spent, or not. Marking the other way round mends a mistake."""
    booking, _, wallet = await queries.booking_locked(tx, booking_id)
    said: BookingAttended | BookingMissed
    if mark.attended:
        said = attendance.attend(booking, wallet, mark.cause(booking, tx.now))
    else:
        others = await queries.attended_of(tx, booking.person, booking_id)
        said = attendance.miss(booking, wallet, mark.cause(booking, tx.now), policy, others)
        await raise_flag(tx, wallet, policy, late=False)
    await tell(tx, wallet, said)
    return booking


async def mark_everyone(tx: Transaction, session_id: SessionId, *, by: Actor) -> int:
    """Those not yet marked are there; how many. Raises NotStarted."""
    await queries.session_locked(tx, session_id)
    unmarked = partial(queries.bookings_in, tx, session_id, "confirmed")
    bookings, wallets = await queries.with_wallets_locked(tx, unmarked)
    for booking in bookings:
        wallet, cause = wallets[booking.person], Cause("présence", by, tx.now, booking.id)
        await tell(tx, wallet, attendance.attend(booking, wallet, cause))
        concerns(tx, booking.person)
    return len(bookings)


async def give_back(tx: Transaction, booking_id: BookingId, *, by: Actor, reason: str) -> Booking:
    """A person overrules what an absence cost (rule 17). Raises NothingToGiveBack, ReasonMissing."""
    booking, _, wallet = await queries.booking_locked(tx, booking_id)
    attendance.give_back(booking, wallet, Cause(reason, by, tx.now, booking_id))
    await tell(tx, wallet)
    return booking


async def raise_flag(tx: Transaction, wallet: Wallet, policy: BookingPolicy, *, late: bool) -> None:
    """One open flag a person; none of someone erased, whom nobody can call."""
    for said in wallet.flagged(policy.flagged_from, late=late):
        if await is_somebodys(tx, wallet) and await queries.open_flag(tx, said.beneficiary_id) is None:
            tx.add(Flag.raised(said, tx.now))
            publish(tx, said)


async def note_call(tx: Transaction, beneficiary_id: BeneficiaryId, *, by: MediatorId, named: str) -> None:
    """Who follows the person now has called. Raises FileOfAnother, NoSuchFile."""
    (await queries.file_locked(tx, beneficiary_id)).check_followed_by(by)
    await settle_flag(tx, beneficiary_id, by=named)


async def settle_flag(tx: Transaction, beneficiary_id: BeneficiaryId, *, by: str) -> None:
    """Someone has called."""
    if flag := await queries.open_flag(tx, beneficiary_id):
        flag.settled_at, flag.settled_by = tx.now, by
