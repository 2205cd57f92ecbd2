"""When an event happened never goes backwards within a key, however long its transaction waited for its turn."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from chassis import outbox
from chassis.clock import Clock
from chassis.db import Database, Transaction
from contracts.event import Event, type_of_time
from contracts.ids import uuid7
from contracts.topics import Topic
from tests.chassis.conftest import declined
from tests.chassis.test_outbox_and_relay import count_together, counters, on

__all__ = ["counters"]

AN_HOUR = timedelta(hours=1)


async def times(database: Database) -> list[datetime]:
    """In the order in which the relay will send them."""
    async with database.reading() as reading:
        found = await reading.scalars(text("SELECT headers->>'ce_time' FROM outbox ORDER BY id"))
    return [type_of_time.validate_python(one) for one in found]


async def publish(tx: Transaction, event: Event) -> None:
    outbox.publish(tx, event)


async def test_core_14_the_time_of_an_event_is_taken_after_the_locks(counters: Database, topic: Topic) -> None:
    """Who began first and got its turn last happened last."""
    person, begun, turn = uuid7(), asyncio.Event(), asyncio.Event()

    async def begins_first(tx: Transaction) -> None:
        begun.set()
        await turn.wait()
        outbox.publish(tx, on(topic, declined(person)))

    waiting = asyncio.create_task(counters.transact(begins_first))
    await begun.wait()
    await counters.transact(lambda tx: publish(tx, on(topic, declined(person))))
    turn.set()
    await waiting
    found = await times(counters)
    assert len(found) == 2
    assert found == sorted(found)


async def test_core_14_times_have_the_order_of_the_aggregate(counters: Database, topic: Topic) -> None:
    await count_together(counters, topic, publish, 100)
    found = await times(counters)
    assert len(found) == 100
    assert found == sorted(found)


async def test_core_14_the_time_of_an_event_is_that_of_the_services_clock(
    database: Database, topic: Topic, tmp_path: Path
) -> None:
    moved = tmp_path / "offset"
    moved.write_text("3600")
    elsewhen = Database(database.url, clock=Clock(moved))
    await elsewhen.transact(lambda tx: publish(tx, on(topic, declined())))
    await elsewhen.close()
    (found,) = await times(database)
    assert AN_HOUR / 2 < found - Clock().now() < 2 * AN_HOUR
