"""A batch that ends messages, in whatever order, and a person who posts some of them do not wait for each other."""

import asyncio
from functools import partial

from sqlalchemy import select, update

from chassis.db import Database
from contracts.ids import BeneficiaryId, uuid7
from services.notifications import consumers
from services.notifications.model import Agent, Notice
from services.notifications.usecases import calling
from tests.interleaving import Counted, begun, held
from tests.notifications.conftest import consume
from tests.notifications.events import cancelled, confirmed, scheduled, stated


async def test_core_14_bookings_cancelled_in_any_order_and_letters_posted_do_not_wait_for_each_other(
    database: Database,
) -> None:
    bookings = {}
    for _ in range(3):
        person, session = BeneficiaryId(uuid7()), scheduled()
        booked = confirmed(person, session)
        await consume(database, stated(person), session, booked)
        bookings[booked.booking_id] = booked
    by_hand = update(Notice).where(Notice.kind == "booking_confirmed").values(state="by_hand", channel="letter")
    await database.transact(lambda tx: tx.execute(by_hand))
    async with database.reading() as reading:
        mine = select(Notice).where(Notice.kind == "booking_confirmed").order_by(Notice.id)
        low, gate, high = (await reading.scalars(mine)).all()
    events = [cancelled(bookings[notice.booking_id]) for notice in (high, gate, low) if notice.booking_id]
    now = database.clock.now()
    office = Agent("admin", now, now, administrator=True)
    works = [
        Counted(partial(consumers.on_booking, events=events)),
        Counted(partial(calling.post, ids=[low.id, high.id], agent=office)),
    ]
    async with held(database, "notices", [gate.id]):
        tasks = [await begun(database, database.transact(work), number) for number, work in enumerate(works, 1)]
    await asyncio.gather(*tasks)
    assert [work.begun for work in works] == [1, 1], "a deadlock: one of them had to begin again"
