"""How fresh our knowledge is: nothing in hand, nothing left, in no instance and no partition."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer

from chassis.broker import Consumer, consuming_broker, listen
from chassis.bus import Bus
from chassis.clock import Clock
from chassis.cluster import Cluster
from chassis.db import Database, Transaction
from chassis.intake import Intake, Subscription
from chassis.standing import Standing
from contracts.booking import SeatDeclined
from contracts.event import CloudEvent
from contracts.ids import uuid7
from contracts.topics import Topic
from tests.chassis.conftest import declined
from tests.waiting import until


class Slow:
    """Applies nothing until it may."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.begun = asyncio.Event()

    async def __call__(self, _: Transaction, __: Sequence[SeatDeclined]) -> None:
        self.begun.set()
        await self.may.wait()


class Holding(Consumer):
    """Remembers what it was given."""

    partitions: frozenset[int] = frozenset()

    async def on_partitions_assigned(self, assigned: Sequence[object]) -> None:
        self.partitions = frozenset(one.partition for one in assigned)  # type: ignore[attr-defined]
        await super().on_partitions_assigned(assigned)


@asynccontextmanager
async def listening(bus: Bus, topic: Topic, database: Database, apply: Slow) -> AsyncIterator[tuple[Holding, Standing]]:
    consumer = Holding(Intake(database, Subscription(topic, apply)), database)
    broker = consuming_broker(bus, topic.short)
    listen(broker, topic.short, consumer)
    cluster = Cluster(bus)
    await broker.start()
    yield consumer, Standing(cluster, topic.short, [consumer], database)
    await consumer.close()
    await broker.stop()
    await cluster.close()


async def send(producer: AIOKafkaProducer, topic: Topic, partition: int) -> None:
    said = CloudEvent(id=uuid7(), time=Clock().now(), event=declined())
    headers = [(name, value.encode()) for name, value in said.headers().items()]
    await producer.send_and_wait(topic.name, said.event.body, partition=partition, headers=headers)


async def behind(standing: Standing) -> int:
    """After a look that failed for no reason of Kafka's."""
    assert await standing.look() == ""
    return sum(group.behind for group in standing.groups.values())


async def fresh(consumer: Consumer, standing: Standing) -> bool:
    await standing.look()
    return consumer.fresh_at is not None


async def test_a_batch_in_hand_is_not_applied_yet(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer
) -> None:
    slow = Slow()
    await send(producer, topic, 0)
    async with listening(bus, topic, database, slow) as (consumer, standing):
        await asyncio.wait_for(slow.begun.wait(), 30)
        assert await behind(standing) == 1
        assert not await fresh(consumer, standing)
        slow.may.set()
        await until(lambda: fresh(consumer, standing))


@pytest.mark.parametrize("instances", [2, 4])
async def test_core_18_an_instance_is_not_fresh_while_another_is_behind(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer, instances: int
) -> None:
    """Three partitions: with four instances one has nothing to do, and sees the same as the others."""
    slow = Slow()
    async with AsyncExitStack() as stack:
        begin = (stack.enter_async_context(listening(bus, topic, database, slow)) for _ in range(instances))
        all_of_them = [await one for one in begin]
        await until(lambda: shared([consumer for consumer, _ in all_of_them], topic))
        await send(producer, topic, 0)
        await asyncio.wait_for(slow.begun.wait(), 30)
        for consumer, _ in all_of_them:
            consumer.fresh_at = None
        assert [await behind(standing) for _, standing in all_of_them] == [1] * instances
        assert [await fresh(*one) for one in all_of_them] == [False] * instances
        slow.may.set()
        for one in all_of_them:
            await until(lambda one=one: fresh(*one))  # type: ignore[misc]


async def shared(consumers: Sequence[Holding], topic: Topic) -> bool:
    held = sorted(len(consumer.partitions) for consumer in consumers)
    return sum(held) == topic.partitions and held[-2] > 0


async def test_core_17_a_rebalance_is_no_fault(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer
) -> None:
    """An instance joins and leaves while another looks: every look is answered, and none says that Kafka is away."""
    slow = Slow()
    slow.may.set()
    await send(producer, topic, 0)
    async with listening(bus, topic, database, slow) as (_, standing):
        looks = asyncio.create_task(_look_on(standing))
        for _ in range(2):
            async with listening(bus, topic, database, slow):
                pass
        looks.cancel()
        assert {*await looks} == {""}


async def _look_on(standing: Standing) -> list[str]:
    """Until it is cancelled."""
    answers: list[str] = []
    try:
        while True:
            answers.append(await standing.look())
            await asyncio.sleep(0)
    except asyncio.CancelledError:
        return answers
