"""A topic gets more partitions under traffic: nothing is lost, and no key goes on in two places at once."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis.strategies import binary, integers
from sqlalchemy import select

from chassis import topics
from chassis.broker import Consumer, consuming_broker, listen
from chassis.bus import Bus
from chassis.cluster import Cluster
from chassis.db import Database, Transaction
from chassis.intake import Intake, Subscription
from chassis.outbox import publish
from chassis.relay import Relay
from chassis.standing import Standing
from contracts.booking import SeatDeclined
from contracts.ids import BeneficiaryId, OfferId, SessionId
from contracts.topics import TOPICS, Topic
from tests.chassis.conftest import Counting, all_records, effects, order_key
from tests.waiting import until

REFUSES = "6 partitions dans Kafka, 3 dans les contrats"
KEYS = [UUID(int=number) for number in range(1, 13)]


async def raised(bus: Bus, topic: Topic, to: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.bootstrap)
    await admin.start()
    await admin.create_partitions({topic.name: NewPartitions(to)})
    await admin.close()


class Traffic:
    """Writes the next event of each key in turn, until it is to end."""

    def __init__(self, database: Database, topic: Topic) -> None:
        self.database, self.topic = database, topic
        self.written = dict.fromkeys(KEYS, 0)
        self.ending = False

    async def run(self) -> None:
        while not self.ending:
            await self.round()
            await asyncio.sleep(0.02)

    async def round(self) -> None:
        await self.database.transact(self._write)

    async def _write(self, tx: Transaction) -> None:
        class Addressed(
            SeatDeclined, type=SeatDeclined.type, topic=self.topic.name, subject="offer_id", key="beneficiary_id"
        ):
            pass

        for key in KEYS:
            self.written[key] += 1
            number, session = OfferId(UUID(int=self.written[key])), SessionId(UUID(int=1))
            publish(tx, Addressed(offer_id=number, session_id=session, beneficiary_id=BeneficiaryId(key)))

    async def has_written(self, each: int) -> bool:
        return min(self.written.values()) >= each


@asynccontextmanager
async def relaying(database: Database, bus: Bus) -> AsyncIterator[Relay]:
    relay = Relay(database.url, bus, "test")
    task = asyncio.create_task(relay.run())
    yield relay
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def reading(bus: Bus, topic: Topic, database: Database) -> AsyncIterator[Standing]:
    consumer = Consumer(Intake(database, Subscription(topic, Counting())), database)
    broker, cluster = consuming_broker(bus, topic.short), Cluster(bus)
    listen(broker, topic.short, consumer)
    await broker.start()
    yield Standing(cluster, topic.short, [consumer], database)
    await consumer.close()
    await broker.stop()
    await cluster.close()


@asynccontextmanager
async def looking(bus: Bus, topic: Topic, database: Database) -> AsyncIterator[Standing]:
    """At a group that nobody is in."""
    cluster = Cluster(bus)
    yield Standing(
        cluster, topic.short, [Consumer(Intake(database, Subscription(topic, Counting())), database)], database
    )
    await cluster.close()


async def applied(database: Database) -> dict[str, list[int]]:
    """By key, the numbers in the order of their effects."""
    found: dict[str, list[int]] = defaultdict(list)
    async with database.reading() as reads:
        for row in await reads.execute(select(effects).order_by(effects.c.id)):
            found[row.key].append(row.offer_id.int)
    return found


@given(key=binary(max_size=60), partitions=integers(1, 24))
def test_a_key_lies_where_clients_of_kafka_put_it(key: bytes, partitions: int) -> None:
    numbers = [*range(partitions)]
    assert topics.partition("unknown.events", key, partitions) == DefaultPartitioner()(key, numbers, numbers)


async def test_core_18_partitions_are_raised_under_traffic_and_nothing_is_lost_nor_out_of_order(
    bus: Bus, topic: Topic, counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The procedure of docs/operate/partitions.md: raise, wait for the readers, then bring the new contract."""
    monkeypatch.setitem(TOPICS, topic.name, topic)
    traffic = Traffic(counted, topic)
    async with relaying(counted, bus) as relay, reading(bus, topic, counted) as standing, reading(bus, topic, counted):
        flowing = asyncio.create_task(traffic.run())
        await until(lambda: traffic.has_written(20))
        await raised(bus, topic, to=6)
        await until(lambda: refuses(relay))
        await until(lambda: drained(standing))
        assert REFUSES in standing.differences()
        before = max(traffic.written.values())
        await until(lambda: traffic.has_written(before + 10))  # the service's own work goes on
        monkeypatch.setitem(TOPICS, topic.name, replace(topic, partitions=6))
        traffic.ending = True
        await flowing
        await until(lambda: has_applied(counted, sum(traffic.written.values())))
        assert await applied(counted) == {str(key): [*range(1, last + 1)] for key, last in traffic.written.items()}
    assert {one.partition for one in await all_records(bus, topic.name)} > {0, 1, 2}


async def refuses(relay: Relay) -> bool:
    return REFUSES in relay.fault


async def has_applied(database: Database, count: int) -> bool:
    return sum(map(len, (await applied(database)).values())) >= count


async def drained(standing: Standing) -> bool:
    assert await standing.look() == ""
    return not sum(group.behind for group in standing.groups.values())


async def places(bus: Bus, topic: Topic, key: UUID) -> set[int]:
    """The partitions in which the key's records lie."""
    return {one.partition for one in await all_records(bus, topic.name) if order_key(one) == str(key).encode()}


async def sent_before_and_after(bus: Bus, topic: Topic, database: Database, *, refused: bool) -> set[int]:
    """Where the records of all keys lie, at most, after the relay has met three partitions and then six."""
    traffic = Traffic(database, topic)
    async with relaying(database, bus):
        await traffic.round()
        await until(lambda: on_the_bus(bus, topic, len(KEYS)))
    await raised(bus, topic, to=6)
    async with relaying(database, bus) as relay:
        await traffic.round()
        await until(lambda: refuses(relay) if refused else on_the_bus(bus, topic, 2 * len(KEYS)))
    return {len(await places(bus, topic, key)) for key in KEYS}


async def on_the_bus(bus: Bus, topic: Topic, records: int) -> bool:
    return len(await all_records(bus, topic.name)) >= records


async def test_core_18_nothing_is_sent_while_its_key_would_lie_elsewhere(
    bus: Bus, topic: Topic, counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TOPICS, topic.name, topic)
    assert await sent_before_and_after(bus, topic, counted, refused=True) == {1}


async def test_core_18_control_a_relay_that_does_not_refuse_lays_keys_in_two_places(
    bus: Bus, topic: Topic, counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def anywhere(*_: object) -> None:
        return None

    monkeypatch.setattr(topics, "partition", anywhere)
    assert 2 in await sent_before_and_after(bus, topic, counted, refused=False)


async def test_core_18_what_waits_in_partitions_that_nobody_reads_is_counted(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer
) -> None:
    await raised(bus, topic, to=6)
    for number in (0, 4, 5):
        await producer.send_and_wait(topic.name, b"{}", partition=number)
    async with looking(bus, topic, database) as standing:
        assert await standing.look() == ""
        (group,) = standing.groups.values()
        assert group.behind == 3
        group.moved_at = dict.fromkeys(group.moved_at, group.moved_at[0] - 60)
        assert "3 messages en attente, rien d'appliqué depuis 60 s (partitions 0, 4, 5)" in group.verdict()


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"config": {"cleanup.policy": "compact"}}, "cleanup.policy = delete au lieu de compact"),
        ({"config": {"retention.ms": "-1"}}, "retention.ms = 604800000 au lieu de -1"),
        ({"partitions": 4}, "3 partitions dans Kafka, 4 dans les contrats"),
        ({}, ""),
    ],
)
async def test_core_18_a_topic_that_is_not_as_the_contracts_say_is_a_fault(
    bus: Bus, topic: Topic, database: Database, changes: dict[str, Any], difference: str
) -> None:
    async with looking(bus, replace(topic, **changes), database) as standing:
        assert await standing.look() == ""
        assert standing.differences().partition(" : ")[2].removesuffix(f" (voir {topics.PROCEDURE})") == difference
