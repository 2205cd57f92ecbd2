"""Attendance is marked, mistakes are mended, what nobody marked is settled. Rule 17."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from chassis.db import Transaction
from chassis.journal import concerns
from contracts.booking import (
    BookingAttended,
    BookingMissed,
)
from contracts.ids import BookingId, SessionId
from contracts.words import Actor
from services.booking import queries
from services.booking.model import Booking, Cause, attendance
from services.booking.model.ledger import SYSTEM
from services.booking.policy import BookingPolicy
from services.booking.usecases.wallets import publish_wallet, raise_flag


@dataclass(frozen=True)
class Mark:
    """Who was there, as `by` saw it. A reason is needed to mend what was marked before."""

    attended: bool
    by: Actor
    reason: str = ""

    def cause(self, booking: Booking, now: datetime) -> Cause:
        reason = ("présence" if self.attended else "absence") if booking.state == "confirmed" else ""
        return Cause(self.reason or reason, self.by, now, booking.id)


async def mark(tx: Transaction, booking_id: BookingId, mark: Mark, *, policy: BookingPolicy) -> Booking:
    """Vouchers are spent, or not. Marking the other way round mends a mistake."""
    booking, _, wallet = await queries.booking_for_update(tx, booking_id)
    event: BookingAttended | BookingMissed
    if mark.attended:
        event = attendance.attend(booking, wallet, mark.cause(booking, tx.now))
    else:
        others = await queries.attended_of(tx, booking.person, booking_id)
        event = attendance.miss(booking, wallet, mark.cause(booking, tx.now), policy, others)
        await raise_flag(tx, wallet, policy, late=False)
    await publish_wallet(tx, wallet, event)
    return booking


async def mark_everyone(tx: Transaction, session_id: SessionId, *, by: Actor) -> int:
    """Mark those not yet marked as there; say how many. Raises NotStarted."""
    await queries.session_for_update(tx, session_id)
    unmarked = partial(queries.bookings_in, tx, session_id, "confirmed")
    bookings, wallets = await queries.with_wallets_for_update(tx, unmarked)
    for booking in bookings:
        wallet, cause = wallets[booking.person], Cause("présence", by, tx.now, booking.id)
        await publish_wallet(tx, wallet, attendance.attend(booking, wallet, cause))
        concerns(tx, booking.person)
    return len(bookings)


async def give_back(tx: Transaction, booking_id: BookingId, *, by: Actor, reason: str) -> Booking:
    """A person overrules what an absence cost (rule 17). Raises NothingToGiveBack, ReasonMissing."""
    booking, _, wallet = await queries.booking_for_update(tx, booking_id)
    attendance.give_back(booking, wallet, Cause(reason, by, tx.now, booking_id))
    await publish_wallet(tx, wallet)
    return booking


async def settle_unmarked(tx: Transaction, among: Collection[BookingId], *, before: datetime) -> None:
    """A voucher that is still held for so old a session is given back: nobody will say any more who was there."""
    unmarked = partial(queries.never_marked, tx, before, among)
    await queries.sessions_for_update(tx, {booking.session_id for booking in await unmarked()})
    bookings, wallets = await queries.with_wallets_for_update(tx, unmarked)
    for booking in bookings:
        cause = Cause("présence jamais notée", SYSTEM, tx.now, booking.id)
        attendance.never_noted(booking, wallets[booking.person], cause)
    for person in {booking.person for booking in bookings}:
        await publish_wallet(tx, wallets[person])
    await tx.flush()
