"""Hands rows of the outbox to Kafka, those of a partition together, and knows what became of each."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Self, TypeVar

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from chassis import topics
from chassis.positions import after
from contracts.event import PARTITION_KEY

ACKS_WITHIN = 12.0  # seconds; an idempotent send never fails by itself while the broker is away
LARGEST = 1_048_576  # bytes of a record; more than any event has, less than what the brokers refuse

K = TypeVar("K")
Ack = asyncio.Future[RecordMetadata]
Rows = Sequence[asyncpg.Record]


@dataclass
class Batch:
    """Rows on their way, and Kafka's word for each: rows that travel together share it."""

    rows: list[asyncpg.Record] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)

    @classmethod
    async def sent(cls, producer: AIOKafkaProducer, rows: Rows) -> Self:
        """Send them in the order of each partition; what a partition does not take holds back only what follows it."""
        batch, parcels = cls(), list[Parcel]()
        for topic, theirs in grouped(rows, lambda row: str(row["topic"])).items():
            try:
                places = placed(topic, theirs, len(await producer.partitions_for(topic)))
            except KafkaError as error:
                batch.add(theirs, refused(error))
                continue
            for number, those in places.items():
                await asyncio.sleep(0)  # whatever else the loop has to do
                parcels += packed(producer, TopicPartition(topic, number), those)
        await batch.send(producer, parcels)
        return batch

    async def send(self, producer: AIOKafkaProducer, parcels: Sequence["Parcel"]) -> None:
        """Hand them over at once: one request takes one of each partition, and only one request is on its way."""
        closed: dict[TopicPartition, KafkaError] = {}
        for where, rows, records in parcels:
            try:
                if where in closed:
                    raise closed[where]
                if records.size() > LARGEST:
                    raise MessageSizeTooLargeError(f"{rows[0]['event_id']}: {records.size()} bytes")
                ack = await producer.send_batch(records, where.topic, partition=where.partition)
            except KafkaError as error:
                closed[where] = error
                ack = refused(error)
            self.add(rows, ack)

    def add(self, rows: Rows, ack: Ack) -> None:
        self.rows += rows
        self.acks += [ack] * len(rows)

    @cached_property
    def ids(self) -> list[int]:
        return [row["id"] for row in self.rows]

    def landed(self) -> list[int]:
        """Return the ids that Kafka has, less what follows a row that it has not, on its topic and of its key.

        Those go again behind it.
        """
        if all(map(taken, {*self.acks})):
            return self.ids
        landed, missing = list[int](), set[tuple[str, str]]()
        for row, ack in zip(self.rows, self.acks, strict=True):
            if not taken(ack):
                missing.add(place(row))
            elif place(row) not in missing:
                landed.append(row["id"])
        return landed

    @cached_property
    def reached(self) -> dict[TopicPartition, int]:
        """Return the offset that follows the last that Kafka has given us, by partition.

        Of a repeat that it has had before Kafka does not say where.
        """
        answers = [(ack.result(), rows) for ack, rows in Counter(self.acks).items() if taken(ack)]
        return after(first._replace(offset=first.offset + rows - 1) for first, rows in answers if first.offset >= 0)

    def fault(self) -> str:
        faults = [ack.exception() for ack in self.acks if ack.done() and not ack.cancelled()]
        return next((repr(fault) for fault in faults if fault), f"pas de réponse en {ACKS_WITHIN:.0f} s")


def grouped(rows: Rows, by: Callable[[asyncpg.Record], K]) -> Mapping[K, list[asyncpg.Record]]:
    """Return the rows by what that says of each, in their order."""
    groups: defaultdict[K, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        groups[by(row)].append(row)
    return groups


def placed(topic: str, rows: Rows, seen: int) -> Mapping[int, list[asyncpg.Record]]:
    """Return the rows of a topic by their partition, of as many as Kafka has. Raises OtherPartitions."""
    return grouped(rows, lambda row: topics.partition(topic, row["key"].encode(), seen))


class Parcel(NamedTuple):
    """Rows of a partition, and the records that are made of them."""

    where: TopicPartition
    rows: Rows
    records: BatchBuilder


def packed(producer: AIOKafkaProducer, where: TopicPartition, rows: Rows) -> Iterator[Parcel]:
    """Pack as many together as a batch of records takes: a first row goes in whatever its size."""
    while rows:
        records = producer.create_batch()
        for row in rows:
            if not append(records, row):
                break
        count = records.record_count()
        yield Parcel(where, rows[:count], records)
        rows = rows[count:]


def append(records: BatchBuilder, row: asyncpg.Record) -> bool:
    """Add a row as a record, if there is room."""
    headers = {PARTITION_KEY: row["key"], **orjson.loads(row["headers"])}  # also of old rows
    key = topics.record_key(row["topic"], row["key"], row["event_id"], headers).encode()
    encoded = [(name, value.encode()) for name, value in headers.items()]
    return records.append(timestamp=None, key=key, value=row["body"], headers=encoded) is not None


def place(row: asyncpg.Record) -> tuple[str, str]:
    """Return within what the order of rows counts."""
    return row["topic"], row["key"]


def refused(error: KafkaError) -> Ack:
    ack: Ack = asyncio.get_running_loop().create_future()
    ack.set_exception(error)
    return ack


def taken(ack: Ack) -> bool:
    return ack.done() and not ack.cancelled() and ack.exception() is None
