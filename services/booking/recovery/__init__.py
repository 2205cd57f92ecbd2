"""Booking's own events, read back into its tables after a restore: what was published last is the truth.

Nothing is decided again and nobody is told anything again. Decision 0076 says, event by event, what comes back.
"""

from collections.abc import Collection
from uuid import UUID

from chassis.db import Transaction
from chassis.outbox import publish
from chassis.recovery import Lost
from contracts.booking import BookingErasureCompleted
from contracts.prescription import BeneficiaryMerged
from services.booking import usecases
from services.booking.policy import BookingPolicy
from services.booking.recovery import consumed, files, seats, wallets


async def recover(tx: Transaction, lost: Lost, *, policy: BookingPolicy) -> Collection[UUID]:
    """Begin with what all else speaks of: sessions and books. At the end, who was merged or erased is so again.

    Sessions whose seats are not as they were published are published as they are.
    """
    done = await consumed.take_up(tx, lost)
    await wallets.take_up(tx, lost.published)
    await files.take_up(tx, lost)
    await seats.take_up_lists(tx, lost.published)
    for session in await seats.take_up(tx, lost.published, policy):
        publish(tx, session.filled())
    await tx.flush()
    for record in lost.consumed:
        if record.id in done and isinstance(record.event, BeneficiaryMerged):
            await usecases.merge(tx, record.event, policy=policy)
            await tx.flush()
    for record in lost.published:
        if isinstance(record.event, BookingErasureCompleted):
            await _erase_again(tx, record.event, policy)
    return done


async def _erase_again(tx: Transaction, event: BookingErasureCompleted, policy: BookingPolicy) -> None:
    """What was published of them then is not published again; nothing may speak of them any more."""
    await usecases.erase(tx, event.beneficiary_id, policy=policy)
    tx.published[:] = [row for row in tx.published if row["key"] != event.key]
    await tx.flush()
