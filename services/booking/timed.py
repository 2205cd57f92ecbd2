"""What happens because time passes: offers lapse, lists move, files are proposed again, old bookings are nobody's."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chassis.db import Database, Reading, Transaction
from chassis.periodic import Job, each, for_each, in_transaction
from contracts.ids import BeneficiaryId, BookingId, SessionId
from services.booking import queries, usecases
from services.booking.settings import Settings

OFTEN, DAILY = 15.0, 24 * 3600.0  # seconds
LAPSE, MOVE = "lapse offers", "move waiting lists"


def jobs(settings: Settings) -> tuple[Job, ...]:
    return (
        Job(LAPSE, OFTEN, partial(lapse_offers, settings=settings)),
        Job(MOVE, OFTEN, partial(move_lists, settings=settings)),
        for_each(
            "propose files again",
            600,
            partial(files_that_wait, settings=settings),
            partial(propose_again, settings=settings),
        ),
        for_each(
            "settle unmarked seats",
            DAILY,
            partial(unmarked_seats, settings=settings),
            partial(settle_unmarked, settings=settings),
        ),
        in_transaction("forget old bookings", DAILY, partial(forget_old_bookings, settings=settings)),
        in_transaction("forget old troubles", DAILY, partial(forget_old_troubles, settings=settings)),
        in_transaction("end the journal", DAILY, settings.end_journal),
    )


async def lapse_offers(database: Database, *, settings: Settings) -> None:
    """Each in a transaction of its own, under its session's lock: two instances at it do no harm."""
    async with database.reading() as reading:
        ended = await queries.ended_offers(reading, database.clock.now())

    async def lapse(tx: Transaction, offers: Sequence[BookingId]) -> None:
        for offer_id in offers:
            await usecases.lapse_offer(tx, offer_id, policy=settings.policy)

    await each(database, LAPSE, [offer_id for offer_id, _ in ended], lapse, size=1)


async def move_lists(database: Database, *, settings: Settings) -> None:
    """Someone on a list has vouchers again, or the session is past."""
    async with database.reading() as reading:
        sessions = await queries.sessions_to_pass_on(reading, database.clock.now())

    async def refill(tx: Transaction, some: Sequence[SessionId]) -> None:
        for session_id in some:
            await usecases.refill(tx, session_id, policy=settings.policy)

    await each(database, MOVE, sessions, refill, size=1)


async def files_that_wait(reading: Reading, now: datetime, *, settings: Settings) -> Sequence[BeneficiaryId]:
    return await queries.files_that_wait(reading, now - settings.file_waits)


async def propose_again(tx: Transaction, people: Sequence[BeneficiaryId], *, settings: Settings) -> None:
    await usecases.propose_again(tx, people, waits=settings.file_waits)


async def unmarked_seats(reading: Reading, now: datetime, *, settings: Settings) -> Sequence[BookingId]:
    return await queries.unmarked_seats(reading, now - settings.retain_bookings)


async def settle_unmarked(tx: Transaction, bookings: Sequence[BookingId], *, settings: Settings) -> None:
    await usecases.settle_unmarked(tx, bookings, before=tx.now - settings.retain_bookings)


async def forget_old_bookings(tx: Transaction, *, settings: Settings) -> None:
    await usecases.forget_old_bookings(tx, before=tx.now - settings.retain_bookings)


async def forget_old_troubles(tx: Transaction, *, settings: Settings) -> None:
    await usecases.forget_old_troubles(tx, before=tx.now - settings.retain_proofs)
