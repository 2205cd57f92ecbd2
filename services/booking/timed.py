"""What happens because time passes: offers lapse, lists move, files are proposed again, old bookings are nobody's."""

from functools import partial

from chassis.db import Database, Transaction
from chassis.periodic import Job, alone, each
from services.booking import queries, usecases
from services.booking.settings import Settings

OFTEN, DAILY = 15.0, 24 * 3600.0  # seconds


def jobs(settings: Settings) -> tuple[Job, ...]:
    return (
        Job("lapse offers", OFTEN, partial(lapse_offers, settings=settings)),
        Job("move waiting lists", OFTEN, partial(move_lists, settings=settings)),
        alone("propose files again", 600, partial(propose_again, settings=settings)),
        alone("forget old bookings", DAILY, partial(forget_old_bookings, settings=settings)),
        alone("forget old troubles", DAILY, partial(forget_old_troubles, settings=settings)),
        alone("end the journal", DAILY, settings.end_journal),
    )


async def lapse_offers(database: Database, *, settings: Settings) -> None:
    """Each in a transaction of its own, under its session's lock: two instances at it do no harm."""
    async with database.reading() as reading:
        ended = await queries.ended_offers(reading, database.clock.now())
    lapse = partial(usecases.lapse_offer, terms=settings.terms)
    await each(database, [partial(lapse, offer_id=offer_id) for offer_id, _ in ended])


async def move_lists(database: Database, *, settings: Settings) -> None:
    """Someone on a list has vouchers again, or the session is past."""
    async with database.reading() as reading:
        sessions = await queries.sessions_to_pass_on(reading, database.clock.now())
    refill = partial(usecases.refill, terms=settings.terms)
    await each(database, [partial(refill, session_id=session_id) for session_id in sessions])


async def propose_again(tx: Transaction, *, settings: Settings) -> None:
    await usecases.propose_again(tx, waits=settings.file_waits)


async def forget_old_bookings(tx: Transaction, *, settings: Settings) -> None:
    await usecases.forget_old_bookings(tx, before=tx.now - settings.retention.bookings)


async def forget_old_troubles(tx: Transaction, *, settings: Settings) -> None:
    await usecases.forget_old_troubles(tx, before=tx.now - settings.retention.proofs)
