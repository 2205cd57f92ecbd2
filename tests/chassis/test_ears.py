"""How fresh our knowledge is: nothing in hand, nothing left, in no instance."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chassis.broker import Ear, NotListening, hearing_broker, listen
from chassis.bus import Bus
from chassis.clock import Clock
from chassis.db import Database, Transaction
from chassis.intake import Hearing, Intake
from contracts.booking import SeatDeclined
from contracts.event import CloudEvent
from contracts.ids import uuid7
from contracts.topics import Topic
from tests.chassis.conftest import declined


class Slow:
    """Applies nothing until it may."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.begun = asyncio.Event()

    async def __call__(self, _: Transaction, __: Sequence[SeatDeclined]) -> None:
        self.begun.set()
        await self.may.wait()


@asynccontextmanager
async def listening(bus: Bus, topic: Topic, database: Database, apply: Slow) -> AsyncIterator[Ear]:
    ear = Ear(Intake(database, Hearing(topic, apply)), database)
    broker = hearing_broker(bus, topic.short)
    listen(broker, topic.short, ear)
    await broker.start()
    ear.listening = True
    yield ear
    await ear.close()
    await broker.stop()


async def send(producer: AIOKafkaProducer, topic: Topic, partition: int) -> None:
    said = CloudEvent(id=uuid7(), time=Clock().now(), event=declined())
    headers = [(name, value.encode()) for name, value in said.headers().items()]
    await producer.send_and_wait(topic.name, said.event.body, partition=partition, headers=headers)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(300):
        with suppress(NotListening, KafkaError, TimeoutError):
            if await true():
                return
        await asyncio.sleep(0.1)
    raise AssertionError("it never came")


async def fresh(ear: Ear) -> bool:
    await ear.watch(ear.database)
    return ear.fresh_at is not None


async def test_a_batch_in_hand_is_not_applied_yet(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer
) -> None:
    slow = Slow()
    await send(producer, topic, 0)
    async with listening(bus, topic, database, slow) as ear:
        await asyncio.wait_for(slow.begun.wait(), 30)
        assert await ear.lag() == 1
        assert not await fresh(ear)
        slow.may.set()
        await until(lambda: fresh(ear))


@pytest.mark.parametrize("instances", [2, 4])
async def test_an_instance_is_not_fresh_while_another_is_behind(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer, instances: int
) -> None:
    """Three partitions: with four instances one has nothing to do, and knows nothing by itself."""
    slow = Slow()
    async with AsyncExitStack() as stack:
        begin = (stack.enter_async_context(listening(bus, topic, database, slow)) for _ in range(instances))
        ears = [await one for one in begin]
        await until(lambda: shared(ears, topic))
        await send(producer, topic, 0)
        await asyncio.wait_for(slow.begun.wait(), 30)
        for ear in ears:
            ear.fresh_at = None
        assert [await fresh(ear) for ear in ears] == [False] * instances
        slow.may.set()
        for ear in ears:
            await until(lambda ear=ear: fresh(ear))  # type: ignore[misc]


async def shared(ears: Sequence[Ear], topic: Topic) -> bool:
    held = [ear.subscriber.consumer.assignment() for ear in ears if ear.subscriber and ear.subscriber.consumer]
    return sum(map(len, held)) == topic.partitions and min(map(len, sorted(held, key=len)[-2:])) > 0
