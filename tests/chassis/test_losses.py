"""Kafka no longer has what a group had not read, or had: it is seen before the consumer goes on past it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from sqlalchemy import select

from chassis import commands, losses, telemetry
from chassis.binding import Binding
from chassis.broker import group_of
from chassis.bus import Bus
from chassis.cluster import Cluster, Edges
from chassis.db import Database
from chassis.figures import Figures
from chassis.intake import Subscription
from chassis.journal import journal
from chassis.losses import Loss, NoSuchLoss, loss
from chassis.positions import note, reached
from chassis.relay import Relay
from chassis.standing import Standing
from contracts.topics import Topic
from tests.chassis.conftest import Counting
from tests.chassis.test_partitions import looking, reading
from tests.conftest import Created
from tests.sites import site_of
from tests.waiting import until


async def write(producer: AIOKafkaProducer, topic: Topic, count: int) -> None:
    for _ in range(count):
        await producer.send_and_wait(topic.name, b"{}", partition=0)


async def commit(bus: Bus, topic: Topic, offset: int) -> None:
    """As a group would that has read up to there."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bus.bootstrap, group_id=group_of(topic.short, topic), enable_auto_commit=False
    )
    await consumer.start()
    consumer.assign([TopicPartition(topic.name, 0)])
    await consumer.commit({TopicPartition(topic.name, 0): offset})
    await consumer.stop()


async def delete(bus: Bus, topic: Topic, before: int) -> None:
    """As retention does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.bootstrap)
    await admin.start()
    await admin.delete_records({TopicPartition(topic.name, 0): RecordsToDelete(before)})
    await admin.close()


async def look(standing: Standing) -> None:
    assert await standing.look() == ""


async def red(database: Database, bus: Bus) -> str:
    """What the status page and `/statusz` say."""
    figures = Figures(database.url, Relay(database.url, bus, "tests"))
    assert await figures.look() == ""
    figures.close()
    return figures.losses()


def counted(topic: Topic, side: str) -> float:
    value: float = telemetry.lost.labels(topic.name, side)._value.get()
    return value


@pytest.mark.parametrize(
    ("committed", "lost"),
    [
        (9, ("beginning", 9, 10)),
        (10, None),
        (20, None),
        (21, ("end", 20, 21)),
    ],
)
def test_core_19_a_loss_is_at_the_exact_offset(committed: int, lost: tuple[str, int, int] | None) -> None:
    found = loss("try.events", 0, committed, first=10, end=20)
    assert (found and (found.side, found.first, found.next)) == lost


async def test_core_19_what_was_deleted_unread_is_said_with_its_offsets(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer
) -> None:
    """The group is stopped, and its consumer has not gone on yet."""
    await write(producer, topic, 70)
    await commit(bus, topic, 10)
    await delete(bus, topic, before=70)
    async with looking(bus, topic, database) as standing, looking(bus, topic, database) as another_instance:
        for one in (standing, another_instance, standing):
            await look(one)
    assert f"{topic.name}, partition 0 : les messages 10 à 69 ont été effacés de Kafka avant d'être lus" in await red(
        database, bus
    )
    assert counted(topic, "beginning") == 60


async def test_core_19_it_is_seen_although_the_consumer_has_gone_on(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer
) -> None:
    """Between two looks: the group has committed behind the hole before anybody looked again."""
    await write(producer, topic, 70)
    await commit(bus, topic, 10)
    async with looking(bus, topic, database) as standing:
        await look(standing)
        await delete(bus, topic, before=60)
        async with reading(bus, topic, database) as consumer:
            await until(lambda: has_applied(consumer))
        await look(standing)
    assert "les messages 10 à 59 ont été effacés" in await red(database, bus)


class Moving(Cluster):
    """While somebody asks, `meanwhile` happens behind each answer."""

    meanwhile: Callable[[], Awaitable[None]]

    async def edges(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Edges]:
        answer = await super().edges(partitions)
        await self.meanwhile()
        return answer

    async def committed(self, group: str, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        answer = await super().committed(group, partitions)
        await self.meanwhile()
        return answer


async def test_core_19_what_is_published_and_read_while_somebody_looks_is_no_loss(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer
) -> None:
    written = 0

    async def one_more() -> None:
        nonlocal written
        written += 1
        await write(producer, topic, 1)
        await commit(bus, topic, written)
        await database.transact(lambda tx: note(tx, {TopicPartition(topic.name, 0): written}))

    await one_more()
    async with looking(bus, topic, database) as standing:
        standing.cluster = Moving(bus)
        standing.cluster.meanwhile = one_more
        for _ in range(2):
            await look(standing)
        await standing.cluster.close()
    assert await red(database, bus) == ""


async def has_applied(standing: Standing) -> bool:
    await look(standing)
    return not sum(group.behind for group in standing.groups.values())


async def test_core_19_what_was_read_and_is_no_longer_there_is_said_too(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer
) -> None:
    """Kafka came back from an earlier moment."""
    await write(producer, topic, 5)
    await commit(bus, topic, 8)
    async with looking(bus, topic, database) as standing:
        await look(standing)
    assert "les messages 5 à 7 étaient lus, et Kafka ne les a plus" in await red(database, bus)
    assert counted(topic, "end") == 3


async def test_core_22_a_kafka_that_was_put_back_with_its_groups_is_seen_by_what_the_database_has_applied(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer
) -> None:
    """The group's offset was put back with the log: by Kafka alone nothing is missing. A rewind forgets the loss."""
    await write(producer, topic, 5)
    await commit(bus, topic, 5)
    await database.transact(lambda tx: note(tx, {TopicPartition(topic.name, 0): 8}))
    async with looking(bus, topic, database) as standing:
        await look(standing)
    assert "les messages 5 à 7 étaient lus, et Kafka ne les a plus" in await red(database, bus)
    cluster = Cluster(bus)
    await Binding(database, cluster, topic.short, [Subscription(topic, Counting())]).rewind(topic, datetime.now(UTC))
    await cluster.close()
    async with database.reading() as reads:
        assert (await reached(reads, [topic.name]))[TopicPartition(topic.name, 0)] == 5


async def test_core_19_a_group_that_begins_has_lost_nothing(
    bus: Bus, topic: Topic, database: Database, producer: AIOKafkaProducer
) -> None:
    await write(producer, topic, 5)
    await delete(bus, topic, before=3)
    async with looking(bus, topic, database) as standing:
        await look(standing)
        await commit(bus, topic, 3)
        await look(standing)
    assert await red(database, bus) == ""


async def test_core_19_a_settled_loss_is_no_longer_red_and_the_next_one_is(database: Database, bus: Bus) -> None:
    lost = Loss("try.events", 0, "end", 5, 8)
    await database.transact(lambda tx: losses.record(tx, lost))
    async with database.reading() as reads:
        (row,) = await losses.waiting(reads)
    await database.transact(lambda tx: losses.settle(tx, row["id"], by="test"))
    assert await red(database, bus) == ""
    with pytest.raises(NoSuchLoss):
        await database.transact(lambda tx: losses.settle(tx, row["id"], by="test"))
    await database.transact(lambda tx: losses.record(tx, lost))
    assert await red(database, bus) == "", "the group's offset stays while its topic is quiet"
    await database.transact(lambda tx: losses.record(tx, Loss("try.events", 0, "end", 5, 9)))
    assert "les messages 5 à 8" in await red(database, bus)


async def test_core_19_who_settles_a_loss_by_command_is_in_the_journal(migrated: Created) -> None:
    runtime = site_of("booking", await migrated("booking")).runtime
    await runtime.database.transact(lambda tx: losses.record(tx, Loss("catalogue.events", 0, "end", 5, 8)))
    async with runtime.database.reading() as reads:
        (row,) = await losses.waiting(reads)
    await commands.settle(runtime, [str(row["id"])])
    async with runtime.database.reading() as reads:
        (line,) = (await reads.execute(select(journal))).all()
    assert (line.act, line.agent, line.role) == ("loss_settled", "commande settle", "administrator")
    assert (line.subject, line.subject_id) == ("loss", str(row["id"]))
    with pytest.raises(NoSuchLoss):
        await commands.settle(runtime, [str(row["id"])])
    async with runtime.database.reading() as reads:
        assert len((await reads.execute(select(journal))).all()) == 1, "what was refused leaves no line"
    await runtime.database.close()
