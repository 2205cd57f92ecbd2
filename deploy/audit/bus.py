"""Every record of the topics, read by a plain consumer; and how far each group of the services has come."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from contracts.topics import TOPICS

ASKED = "prescription.copies"
COPIES = ("catalogue.copies", "booking.copies", "notifications.copies")
READERS: Mapping[str, tuple[str, ...]] = {
    "prescription": ("catalogue.events", "booking.events", "notifications.events", *COPIES),
    "catalogue": ("prescription.events", "booking.events", ASKED),
    "booking": (
        "prescription.events",
        "prescription.contacts",
        "catalogue.events",
        "catalogue.contacts",
        "notifications.events",
        ASKED,
    ),
    "notifications": (
        "prescription.events",
        "prescription.contacts",
        "catalogue.events",
        "catalogue.contacts",
        "booking.events",
        ASKED,
    ),
}
POLL_MS = 500
WITHDRAWN = "event.withdrawn"  # no news: Kafka forgets by it


class Place(NamedTuple):
    """A partition."""

    topic: str
    partition: int


@dataclass(frozen=True)
class Event:
    """One record. `type` is without its version; a record without one, or whose body is no JSON, has none."""

    topic: str
    key: str
    type: str
    id: str
    subject: str
    body: Mapping[str, Any]

    @classmethod
    def read(cls, record: ConsumerRecord) -> Self:
        headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
        try:
            body = json.loads(record.value or b"{}")
        except ValueError:
            body = {}
        key = headers.get("ce_partitionkey") or (record.key or b"").decode(errors="replace")
        kind = headers.get("ce_type", "")
        subject = headers.get("ce_subject", "")
        return cls(record.topic, key, kind.rpartition(".")[0], headers.get("ce_id", ""), subject, body)

    @property
    def about(self) -> UUID:
        """The id of what it speaks of."""
        return UUID(self.subject)

    def id_in(self, name: str) -> UUID:
        return UUID(self.body[name])


@dataclass(frozen=True)
class Log:
    """`lasts` is the offset of the last record of each partition, `committed` what each group has applied."""

    events: Iterable[Event]
    lasts: Mapping[Place, int] = field(default_factory=dict)
    committed: Mapping[str, Mapping[Place, int]] = field(default_factory=dict)

    def lags(self) -> dict[str, int]:
        """By group, the records that it has not applied yet; groups without any are left out."""
        behind = {
            f"{service}.{TOPICS[topic].short}": sum(
                max(0, last + 1 - self.committed.get(f"{service}.{TOPICS[topic].short}", {}).get(place, 0))
                for place, last in self.lasts.items()
                if place.topic == topic
            )
            for service, topics in READERS.items()
            for topic in topics
        }
        return {group: lag for group, lag in behind.items() if lag}


@asynccontextmanager
async def administering(client: Mapping[str, Any]) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def consuming(client: Mapping[str, Any]) -> AsyncIterator[AIOKafkaConsumer]:
    """Of all partitions, in no group: nobody's place is moved by it.

    It begins with the earliest record by itself. With the default, the latest, an answer that is on its way when it
    seeks the beginning would lead it to the end, as if nothing lay there.
    """
    how = {"enable_auto_commit": False, "isolation_level": "read_committed", "auto_offset_reset": "earliest"}
    consumer = AIOKafkaConsumer(**client, **how)
    await consumer.start()
    try:
        consumer.assign(await _partitions(client))
        yield consumer
    finally:
        await consumer.stop()


async def _partitions(client: Mapping[str, Any]) -> list[TopicPartition]:
    """As many as each topic has by now, which may be more than it began with."""
    async with administering(client) as admin:
        topics = await admin.describe_topics([*TOPICS])
    return [TopicPartition(topic["topic"], part["partition"]) for topic in topics for part in topic["partitions"]]


async def ends(consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
    offsets: dict[TopicPartition, int] = await consumer.end_offsets(consumer.assignment())
    return offsets


async def read(consumer: AIOKafkaConsumer, until: Mapping[TopicPartition, int]) -> tuple[list[Event], dict[Place, int]]:
    """From the beginning to these ends, in order a partition; and the offset of each partition's last record."""
    await consumer.seek_to_beginning()
    events: list[Event] = []
    lasts: dict[Place, int] = {}
    while not all([await consumer.position(place) >= end for place, end in until.items()]):
        for place, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
            lasts[Place(place.topic, place.partition)] = records[-1].offset
            events += [event for event in map(Event.read, records) if event.type != WITHDRAWN]
    return events, lasts


async def committed(client: Mapping[str, Any]) -> dict[str, dict[Place, int]]:
    """By group of the services; a partition of which nothing was applied is missing."""
    groups = [f"{service}.{TOPICS[topic].short}" for service, topics in READERS.items() for topic in topics]
    async with administering(client) as admin:
        return {group: _offsets(await admin.list_consumer_group_offsets(group)) for group in groups}


def _offsets(answer: Mapping[TopicPartition, Any]) -> dict[Place, int]:
    return {Place(at.topic, at.partition): known.offset for at, known in answer.items() if known.offset >= 0}
