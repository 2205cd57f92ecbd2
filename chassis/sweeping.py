"""What Kafka shall forget: once a day each service looks through its topics, and withdraws what is nobody's any more.

That is every event of a person who was erased, merged records included, and every event that is older than its kind is
retained (rule 27). Kafka forgets by key: a record without a body, under the key of the one that is to go. A partition
that gets no further record is never cleaned, so it is given one, at the next look. Nothing is remembered from one day
to the next: what was published late, or came back with a restored Kafka, is seen at the next look. Decision 0100.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from uuid import UUID

import structlog
from aiokafka import ConsumerRecord, TopicPartition
from pydantic import ValidationError

from chassis import erasure, topics
from chassis.bus import Bus
from chassis.cluster import Cluster, Edges
from chassis.db import Database, Transaction
from chassis.outbox import withdraw
from contracts.event import Event, partition_key, type_of_time
from contracts.topics import TOPICS, Topic

log = structlog.get_logger("sweeping")

EVERY = 24 * 3600.0  # seconds
TOGETHER = 500  # records, before others have their turn
TICK = "tick-"
NEVER = datetime.max.replace(tzinfo=UTC)

Ages = Mapping[type[Event], timedelta]


@dataclass
class Swept:
    """In one partition, by record key the partition key: what is to be withdrawn.

    `stays` are keys of the former form, of a whole person, under which something lies that is not. `moves`: a record
    without a body lies there, which acts when a later one has come.
    """

    oldest: Mapping[str, datetime]
    gone: dict[bytes, bool] = field(default_factory=dict)
    withdrawn: dict[str, str] = field(default_factory=dict)
    stays: set[str] = field(default_factory=set)
    moves: bool = False

    def look(self, record: ConsumerRecord) -> None:
        key, order_key = text(record.key), text(partition_key(record.headers, record.key))
        if record.value is None:
            self.withdrawn.pop(key, None)
            self.moves |= not key.startswith(TICK)
        elif self._is_over(record):
            self.withdrawn[key] = order_key
        elif key == order_key:
            self.stays.add(key)

    def _is_over(self, record: ConsumerRecord) -> bool:
        """An erasure itself is retained for its time: who has not read it must be able to."""
        headers: Mapping[str, bytes | None] = dict(record.headers)
        kind = text(headers.get("ce_type")).rpartition(".")[0]
        if kind in self.oldest and published_at(headers.get("ce_time")) < self.oldest[kind]:
            return True
        return kind not in erasures() and self.gone.get(partition_key(record.headers, record.key) or b"", False)


@cache
def erasures() -> frozenset[str]:
    """Return the types, without their version, of what says that somebody was erased."""
    return frozenset(stem(event) for topic in TOPICS.values() for event in topic.events if event.erasure)


def stem(event: type[Event]) -> str:
    return event.type.rpartition(".")[0]


def text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")


def published_at(header: bytes | None) -> datetime:
    """Return the moment that an envelope gives; of one that can't be read, none that is ever old enough."""
    try:
        return type_of_time.validate_python(text(header))
    except ValidationError:
        return NEVER


async def sweep(database: Database, *, bus: Bus, own: Sequence[Topic], ages: Ages) -> None:
    """Withdraw, as a timed job, what is to go from `own`, the topics that the service alone publishes on.

    Raises KafkaError, TimeoutError.
    """
    cluster = Cluster(bus)
    now = database.clock.now()
    oldest = {stem(event): now - age for event, age in ages.items()}
    by_name = {topic.name: topic for topic in own}
    try:
        for where, edges in (await cluster.edges(await cluster.whole(by_name))).items():
            swept = await look(database, cluster, where, edges, Swept(oldest))
            await database.transact(partial(_withdraw, topic=by_name[where.topic], where=where, swept=swept))
    finally:
        await cluster.close()


async def look(database: Database, cluster: Cluster, where: TopicPartition, edges: Edges, swept: Swept) -> Swept:
    """Read a partition from its beginning to its end, some records at a time."""
    async for records in cluster.batches(where, *edges):
        for first in range(0, len(records), TOGETHER):
            batch = records[first : first + TOGETHER]
            await _learn(database, swept, batch)
            for record in batch:
                swept.look(record)
            await asyncio.sleep(0)
    return swept


async def _learn(database: Database, swept: Swept, records: Sequence[ConsumerRecord]) -> None:
    """Ask who of those that these records speak of was erased."""
    keys = {partition_key(record.headers, record.key) or b"" for record in records} - swept.gone.keys()
    people: dict[UUID, bytes] = {person: key for key in keys if (person := erasure.person_of(key))}
    swept.gone |= dict.fromkeys(keys, False)
    if people:
        async with database.reading() as reading:
            swept.gone |= {people[person]: True for person in await erasure.among(reading, people)}


async def _withdraw(tx: Transaction, *, topic: Topic, where: TopicPartition, swept: Swept) -> None:
    keys = {} if topic.states else {key: of for key, of in swept.withdrawn.items() if key not in swept.stays}
    for key, order_key in keys.items():
        withdraw(tx, topic.name, order_key, key)
    if swept.moves:
        slot = slot_of(topic, where.partition)
        withdraw(tx, topic.name, slot, slot)
    if keys or swept.moves:
        log.info("swept", topic=topic.name, partition=where.partition, withdrawn=len(keys), ticked=swept.moves)


def slot_of(topic: Topic, partition: int) -> str:
    """Return a key that lies in this partition: there is no event under it."""
    number = 0
    while topics.partition(topic.name, f"{TICK}{number}".encode(), topic.partitions) != partition:
        number += 1
    return f"{TICK}{number}"
