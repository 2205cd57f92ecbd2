"""Two batches are on their way, a third is made ready, and no more; a producer ends also while Kafka says nothing."""

import asyncio
import gc
from collections import deque
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import aiokafka.client
import asyncpg
import pytest

from chassis import db, relay, sending
from chassis.bus import Bus
from chassis.db import Database
from contracts.topics import Topic
from tests.chassis.conftest import all_records, declined
from tests.chassis.test_outbox_and_relay import on, publish_all
from tests.chassis.test_relay_faults import no_producer_is_left, stored
from tests.faults.program import through
from tests.proxy import Proxy, proxy_to
from tests.waiting import PATIENCE, until

BATCH = 10


@pytest.fixture
async def proxy(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    """All that this process says to Kafka goes through it."""
    host, _, port = bus.bootstrap.partition(":")
    async with proxy_to(host, int(port)) as proxy:
        monkeypatch.setattr(aiokafka.client, "create_conn", partial(through, proxy.port))
        yield proxy


@pytest.fixture
def flights(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many batches were on their way each time that one was awaited."""
    seen, land_next = list[int](), relay._land_next

    async def counted(connection: asyncpg.Connection, flying: deque[sending.Batch], *how: Any) -> None:
        seen.append(len(flying))
        await land_next(connection, flying, *how)

    monkeypatch.setattr(relay, "_land_next", counted)
    monkeypatch.setattr(relay, "BATCH", BATCH)
    monkeypatch.setattr(relay, "ACKS_WITHIN", PATIENCE)
    return seen


async def publish(database: Database, topic: Topic, number: int) -> Sequence[UUID]:
    events = [on(topic, declined(UUID(int=number % 7))) for number in range(number)]
    await database.transact(lambda tx: publish_all(tx, events))
    return [event.offer_id for event in events]


async def test_two_batches_are_on_their_way_while_kafka_says_nothing_and_no_more(
    database: Database, bus: Bus, topic: Topic, proxy: Proxy, flights: list[int]
) -> None:
    async with relay.producing(bus, topic.name) as producer, relay.leadership(db.dsn(database.url)) as connection:
        first = await publish(database, topic, 1)
        await relay.drain(connection, producer)
        flights.clear()
        proxy.stall("down")
        rest = await publish(database, topic, 5 * BATCH + 1)
        draining = asyncio.create_task(relay.drain(connection, producer))
        await until(lambda: asyncio.sleep(0, flights), "the first of them is awaited")
        assert flights == [2]
        assert len(await stored(database)) == 5 * BATCH + 1
        proxy.flow("down")
        await draining
    assert flights == [2, 2, 2, 2, 2, 1]
    found = [topic.reader.read(one.headers, one.value).event.offer_id for one in await all_records(bus, topic.name)]  # type: ignore[attr-defined]
    assert sorted(found) == sorted([*first, *rest])
    assert await stored(database) == []


async def ended(bus: Bus, topic: Topic, proxy: Proxy, unanswered: int) -> None:
    """A producer that is to end while Kafka says nothing."""
    async with relay.producing(bus, topic.name) as producer:
        await producer.send_and_wait(topic.name, b"{}", key=b"k")
        proxy.stall("up", "down")
        acks = [await producer.send(topic.name, b"{}", key=b"k") for _ in range(unanswered)]
    for ack in acks:
        ack.cancel()


@pytest.mark.parametrize("unanswered", [0, 3])
async def test_a_producer_ends_also_while_kafka_says_nothing(
    bus: Bus, topic: Topic, proxy: Proxy, unanswered: int
) -> None:
    """Neither a task nor a connection of it is left, whether it waits for an answer or not."""
    await ended(bus, topic, proxy, unanswered)
    await until(nothing_is_left, "it has ended")
    proxy.flow("up", "down")
    await until(lambda: asyncio.sleep(0, not proxy._open), "its connections are closed")


async def nothing_is_left() -> bool:
    """aiokafka's own wait for answers is forgotten with the producer."""
    gc.collect()
    return await no_producer_is_left()
