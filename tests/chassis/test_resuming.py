"""A subscription that paused goes on, whatever the database answered meanwhile."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from sqlalchemy import select

from chassis.broker import Consumer, consuming_broker, listen
from chassis.bus import Bus
from chassis.db import Database, Unreachable
from chassis.intake import Intake, Subscription
from contracts.topics import Topic
from tests.chassis.conftest import Counting, declined, effects, record
from tests.waiting import until


class Odd(Database):
    """It is away once, and then answers twice with a fault that nobody foresaw."""

    faults: list[Exception]

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        if self.faults:
            raise self.faults.pop()
        async with super().reading() as reading:
            yield reading


async def applied(database: Database) -> Sequence[Any]:
    async with database.reading() as reading:
        return (await reading.scalars(select(effects.c.offer_id))).all()


async def test_core_16_who_waits_for_the_database_goes_on_after_a_fault_that_nobody_foresaw(
    bus: Bus, topic: Topic, counted: Database, counting: Counting, producer: AIOKafkaProducer
) -> None:
    odd = Odd(counted.url, clock=counted.clock)
    odd.faults = [ZeroDivisionError(), ZeroDivisionError()]
    counting.fails_once = [Unreachable()]
    consumer = Consumer(Intake(counted, Subscription(topic, counting)), odd)
    broker = consuming_broker(bus, topic.short)
    listen(broker, topic.short, consumer)
    await broker.start()
    event = declined()
    sent = record(event)
    await producer.send_and_wait(topic.name, sent.value, key=sent.key, headers=[*sent.headers])
    assert await until(lambda: applied(counted)) == [event.offer_id]
    assert not odd.faults
    await consumer.close()
    await broker.stop()
    await odd.close()
