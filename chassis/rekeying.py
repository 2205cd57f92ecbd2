"""Gives each record of a service's topics a key of its own, as all have since decision 0100.

Records from before lie under one key a person: were their topic compacted, Kafka would forget all of a person but the
last. They are published again, in their order and under their ids, so that whoever has applied them forgets the repeat;
then what lies under the former keys is withdrawn. Broken off, it is begun again. docs/operate/forgetting.md.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition

from chassis import db, relay, topics
from chassis.bus import Bus
from chassis.cluster import Cluster, Edges
from chassis.db import Database
from chassis.outbox import withdrawing
from chassis.positions import note
from chassis.republishing import RelayAtWork
from contracts.event import PARTITION_KEY, partition_key
from contracts.ids import uuid7

LEAD = f"SELECT pg_try_advisory_lock({relay.LEADER_LOCK})"


@dataclass
class Keys:
    """Of one partition: the keys of a whole person, and those that are done with: withdrawn, or published again.

    A record that lies there twice has its place where it lay first.
    """

    former: set[bytes] = field(default_factory=set)
    done: set[bytes] = field(default_factory=set)  # or withdrawn


async def rekey(database: Database, bus: Bus, service: str) -> dict[str, int]:
    """Publish again what lies under one key a person; return how many, by topic.

    Raises RelayAtWork, KafkaError, TimeoutError.
    """
    cluster, counts = Cluster(bus), dict[str, int]()
    try:
        async with leading(database, bus, service) as producer:
            events = [topic.name for topic in topics.own_topics(service) if not topic.states]
            for where, edges in (await cluster.edges(await cluster.whole(events))).items():
                count = await _rekey(cluster, producer, where, edges)
                counts[where.topic] = counts.get(where.topic, 0) + count
            ends = await cluster.edges(await cluster.whole(events))
        await database.transact(lambda tx: note(tx, {where: edges.end for where, edges in ends.items()}))
    finally:
        await cluster.close()
    return counts


@asynccontextmanager
async def leading(database: Database, bus: Bus, service: str) -> AsyncIterator[AIOKafkaProducer]:
    """Be the only one who publishes for this database. Raises RelayAtWork."""
    connection = await asyncpg.connect(db.dsn(database.url), timeout=5)
    try:
        if not await connection.fetchval(LEAD):
            raise RelayAtWork
        async with relay.producing(bus, await relay.fence(connection, service)) as producer:
            yield producer
    finally:
        connection.terminate()


async def _rekey(cluster: Cluster, producer: AIOKafkaProducer, where: TopicPartition, edges: Edges) -> int:
    """A partition in which nothing lies under a former key stays as it is."""
    keys = await _keys(cluster, where, edges)
    count = 0
    if keys.former:
        async for records in cluster.batches(where, *edges):
            count += await _send(producer, where, _renewed(records, keys))
        await _send(producer, where, _ends(where, keys))
    return count


async def _keys(cluster: Cluster, where: TopicPartition, edges: Edges) -> Keys:
    keys = Keys()
    async for records in cluster.batches(where, *edges):
        for record in records:
            if record.value is None:
                keys.done.add(record.key or b"")
                keys.former.discard(record.key or b"")
            elif record.key == partition_key(record.headers, record.key):
                keys.former.add(record.key or b"")
    return keys


Sent = tuple[bytes, bytes | None, list[tuple[str, bytes]]]


def _renewed(records: Iterable[ConsumerRecord], keys: Keys) -> list[Sent]:
    sent: list[Sent] = []
    for record in records:
        headers, order_key = dict(record.headers), partition_key(record.headers, record.key) or b""
        key = order_key + b"/" + headers.get("ce_id", b"")
        if record.value is not None and key not in keys.done:
            keys.done.add(key)
            sent.append((key, record.value, [*({**headers, PARTITION_KEY: order_key}).items()]))
    return sent


def _ends(where: TopicPartition, keys: Keys) -> list[Sent]:
    """What withdraws the records under the former keys."""
    sent: list[Sent] = []
    for key in keys.former:
        name = key.decode(errors="replace")
        headers = withdrawing(uuid7(), where.topic, name, name)
        sent.append((key, None, [(header, value.encode()) for header, value in headers.items()]))
    return sent


async def _send(producer: AIOKafkaProducer, where: TopicPartition, records: list[Sent]) -> int:
    acks = [
        await producer.send(where.topic, value, key=key, partition=where.partition, headers=headers)
        for key, value, headers in records
    ]
    await asyncio.gather(*acks)
    return len(acks)
