"""A consumer group belongs to one database, which says so when it is another's, or older than what its group read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from sqlalchemy import text

from chassis.binding import AnotherDatabase, BehindItsGroups, Binding
from chassis.broker import Consumer, consuming_broker, group_of, listen
from chassis.bus import Bus
from chassis.cluster import Cluster, GroupIsAtWork
from chassis.db import Database
from chassis.intake import Intake, Subscription
from chassis.positions import database_identity
from contracts.event import CloudEvent
from contracts.ids import uuid7
from contracts.topics import Topic
from tests.chassis.conftest import declined, effects
from tests.waiting import until

OTHER = UUID(int=7)


@pytest.fixture
async def cluster(bus: Bus) -> AsyncIterator[Cluster]:
    cluster = Cluster(bus)
    yield cluster
    await cluster.close()


@pytest.fixture
async def binding(cluster: Cluster, counted: Database, subscription: Subscription) -> Binding:
    """Of a service named by its topic, so that each test has groups of its own."""
    await is_now(counted, UUID(int=1))
    binding = Binding(counted, cluster, subscription.topic.name, [subscription])
    await until(lambda: coordinated(binding), "Kafka keeps offsets")
    return binding


async def coordinated(binding: Binding) -> bool:
    """A broker that has just begun makes the topic of offsets first."""
    try:
        await binding._committed()
    except KafkaError:
        return False
    return True


async def is_now(database: Database, identity: UUID) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(database_identity.delete())
        await connection.execute(database_identity.insert().values(id=identity))


async def put_back(database: Database, positions: str) -> None:
    """As a restore does: rows of the last moments are gone."""
    async with database.engine.begin() as connection:
        for table in ("inbox", "effects"):
            await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
        await connection.execute(text(f"UPDATE positions SET next = {positions}"))  # noqa: S608 - our own words


async def notes_nothing(database: Database) -> None:
    """As an instance of a version that has no positions."""
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE positions SET next = 0"))


@dataclass
class Reader:
    """What reads the topic into the database, when it is let."""

    bus: Bus
    database: Database
    subscription: Subscription
    producer: AIOKafkaProducer
    cluster: Cluster

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        name = self.subscription.topic.name
        broker = consuming_broker(self.bus, name)
        listen(broker, name, Consumer(Intake(self.database, self.subscription), self.database))
        await broker.start()
        try:
            yield
        finally:
            await broker.stop()
            await until(lambda: self._idle(group_of(name, self.subscription.topic)), "the group is empty")

    async def _idle(self, group: str) -> bool:
        try:
            await self.cluster.check_idle(group)
        except GroupIsAtWork:
            return False
        return True

    async def send(self, count: int) -> None:
        for _ in range(count):
            event = declined()
            envelope = CloudEvent(id=uuid7(), time=datetime.now(UTC), event=event)
            headers = [(name, value.encode()) for name, value in envelope.headers().items()]
            await self.producer.send_and_wait(
                self.subscription.topic.name, event.body, key=event.key.encode(), headers=headers
            )

    async def reads(self, wanted: int) -> None:
        """Until so many events have had their effect."""
        async with self.at_work():
            await until(lambda: self._applied(wanted))

    async def _applied(self, wanted: int) -> bool:
        async with self.database.reading() as reading:
            return len((await reading.execute(effects.select())).all()) == wanted


@pytest.fixture
def reader(binding: Binding, bus: Bus, subscription: Subscription, producer: AIOKafkaProducer) -> Reader:
    return Reader(bus, binding.database, subscription, producer, binding.cluster)


async def test_core_21_the_first_database_takes_the_groups_and_another_is_refused(
    binding: Binding, counted: Database
) -> None:
    await binding.verify()
    await binding.verify()
    await is_now(counted, OTHER)
    with pytest.raises(AnotherDatabase, match=str(UUID(int=1))):
        await binding.verify()
    with pytest.raises(AnotherDatabase):
        await binding.follow()
    await binding.bind()
    await binding.verify()
    assert await binding.bound_to() == str(OTHER)


async def test_core_22_a_database_put_back_is_refused_and_whole_again_when_it_reads_again(
    binding: Binding, reader: Reader, topic: Topic
) -> None:
    await binding.verify()
    await reader.send(20)
    await reader.reads(20)
    await binding.verify()
    await put_back(reader.database, "0")
    with pytest.raises(BehindItsGroups, match="rehear"):
        await binding.verify()
    await binding.rewind(topic)
    await binding.verify()
    await reader.reads(20)
    await binding.verify()


class Moving(Cluster):
    """While somebody asks whose the groups are, `meanwhile` happens behind the answer."""

    meanwhile: Callable[[], Awaitable[None]]

    async def committed_metadata(self, group: str) -> str:
        answer = await super().committed_metadata(group)
        await self.meanwhile()
        return answer


async def test_core_22_what_another_instance_applies_while_this_one_looks_is_not_lost(
    binding: Binding, reader: Reader, bus: Bus
) -> None:
    await binding.verify()
    await reader.send(20)
    binding.cluster = Moving(bus)
    binding.cluster.meanwhile = lambda: reader.reads(20)
    try:
        await binding.verify()
    finally:
        await binding.cluster.close()


async def test_core_22_what_is_known_already_changes_nothing_when_it_is_read_again(
    binding: Binding, reader: Reader, topic: Topic
) -> None:
    await binding.verify()
    began = datetime.now(UTC)
    await reader.send(12)
    await reader.reads(12)
    assert sum((await binding.rewind(topic, began)).values()) == 0
    await reader.send(1)
    await reader.reads(13)


async def test_core_22_a_group_that_reads_is_not_set_back(binding: Binding, reader: Reader, topic: Topic) -> None:
    async with reader.at_work():
        with pytest.raises(GroupIsAtWork, match="arrêtez"):
            await binding.rewind(topic)
        with pytest.raises(GroupIsAtWork, match="arrêtez"):
            await binding.bind()


async def test_core_25_what_an_older_version_has_applied_without_noting_its_position_is_not_lacking(
    binding: Binding, reader: Reader
) -> None:
    await binding.verify()
    await reader.send(20)
    await reader.reads(20)
    await notes_nothing(reader.database)
    await binding.verify()
    await put_back(reader.database, "0")
    with pytest.raises(BehindItsGroups):
        await binding.verify()


async def test_core_22_without_positions_a_database_put_back_would_look_whole(binding: Binding, reader: Reader) -> None:
    """The control: it goes on where the group stands, and what it has lost stays lost."""
    await binding.verify()
    await reader.send(5)
    await reader.reads(5)
    await put_back(reader.database, "next")
    await binding.verify()
    await reader.send(1)
    await reader.reads(1)
