"""A small service of our own making: counters that events raise, so that every effect can be counted."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy import BigInteger, Column, Identity, MetaData, Table, Text, Uuid, insert

from chassis.bus import Bus
from chassis.clock import Clock
from chassis.db import Database, Transaction
from chassis.intake import Subscription
from contracts.booking import SeatDeclined
from contracts.event import CloudEvent, partition_key
from contracts.ids import BeneficiaryId, OfferId, SessionId, uuid7
from contracts.topics import Topic
from tests.conftest import create

tables = MetaData()
effects = Table(
    "effects",
    tables,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("key", Text, nullable=False),
    Column("offer_id", Uuid, nullable=False),
)


class Refused(Exception):
    """What a rule of the small service raises."""


class Counting:
    """Writes one row an event; fails on the ids that it is told to fail on, and with what it is told to, once each."""

    def __init__(self) -> None:
        self.poison: set[UUID] = set()
        self.fails_once: list[Exception] = []

    async def __call__(self, tx: Transaction, events: Sequence[SeatDeclined]) -> None:
        if self.fails_once:
            raise self.fails_once.pop()
        for event in events:
            if event.offer_id in self.poison:
                raise Refused(event.offer_id)
            await tx.execute(insert(effects).values(key=event.key, offer_id=event.offer_id))


def declined(beneficiary: UUID | None = None) -> SeatDeclined:
    return SeatDeclined(
        offer_id=OfferId(uuid7()),
        session_id=SessionId(UUID(int=1)),
        beneficiary_id=BeneficiaryId(beneficiary or uuid7()),
    )


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
async def topic(bus: Bus) -> Topic:
    """A topic of its own for each test."""
    topic = Topic(f"try{uuid4().hex[:8]}.events", (SeatDeclined,), {"cleanup.policy": "delete"}, partitions=3)
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic.name, topic.partitions, 1)])
    await admin.close()
    return topic


@pytest.fixture
def subscription(topic: Topic, counting: Counting) -> Subscription:
    return Subscription(topic, counting)


@pytest.fixture
async def counted(database: Database) -> Database:
    """The database with the chassis' tables and the effects."""
    await create(database.url, tables)
    return database


@pytest.fixture
async def producer(bus: Bus) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bus.bootstrap, max_request_size=4_000_000)
    await producer.start()
    yield producer
    await producer.stop()


def record(event: SeatDeclined, offset: int = 0, said: CloudEvent | None = None) -> ConsumerRecord[bytes, bytes]:
    """As aiokafka would give it."""
    said = said or CloudEvent(id=uuid7(), time=Clock().now(), event=event)
    headers = tuple((name, value.encode()) for name, value in said.headers().items())
    body = event.body
    key = f"{event.key}/{said.id}".encode()
    return ConsumerRecord("try.events", 0, offset, 0, 0, key, body, None, 0, len(body or b""), headers)


def order_key(one: ConsumerRecord[bytes, bytes]) -> bytes | None:
    return partition_key(one.headers, one.key)


async def all_records(bus: Bus, topic: str) -> list[ConsumerRecord[bytes, bytes]]:
    """Everything on the topic now, partition by partition."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bus.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        found: list[ConsumerRecord[bytes, bytes]] = []
        while len(found) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                found.extend(records)
        return sorted(found, key=lambda one: (one.partition, one.offset))
    finally:
        await consumer.stop()
