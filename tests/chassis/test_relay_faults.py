"""What Kafka does not take stays, in order; what it has is not sent again; who vanished is not waited for."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from sqlalchemy import make_url, text

from chassis import db, relay, telemetry
from chassis.broker import reachable
from chassis.bus import Bus
from chassis.clock import Clock
from chassis.db import Database
from chassis.positions import LogCutBack
from contracts.topics import Topic
from tests.chassis.conftest import all_records, declined
from tests.chassis.test_outbox_and_relay import on, publish_all, relaying
from tests.waiting import until

NARROW = {"max.message.bytes": "100"}  # no event is that small


@pytest.fixture
async def narrow(bus: Bus, topic: Topic) -> Topic:
    """A topic whose broker refuses everything."""
    refusing = Topic(f"{topic.name}.narrow", topic.events, NARROW, partitions=1)
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(refusing.name, 1, 1, topic_configs=refusing.config)])
    await admin.close()
    return refusing


async def stored(database: Database) -> list[str]:
    async with database.reading() as reading:
        return [*await reading.scalars(text("SELECT topic FROM outbox ORDER BY id"))]


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One more each time the relay begins to send what there is."""
    begun, drain = list[int](), relay.drain

    async def counted(*how: Any) -> None:
        begun.append(1)
        await drain(*how)

    monkeypatch.setattr(relay, "drain", counted)
    return begun


async def reached(rounds: list[int], wanted: int) -> bool:
    return len(rounds) >= wanted


async def test_a_row_that_kafka_refuses_stays_and_what_it_has_is_not_sent_again(
    database: Database, bus: Bus, topic: Topic, narrow: Topic, rounds: list[int]
) -> None:
    events = [on(topic, declined(UUID(int=number))) for number in range(40)]
    events[20] = on(narrow, declined(UUID(int=99)))
    before = telemetry.relayed._value.get()
    async with relaying(database, bus) as running:
        await database.transact(lambda tx: publish_all(tx, events))
        await until(lambda: left(database, narrow), "the others are sent")
        wanted = len(rounds) + 3
        await until(lambda: reached(rounds, wanted), "two more whole rounds")
        fault = running.fault
    assert await stored(database) == [narrow.name]
    assert len(await all_records(bus, topic.name)) == 39
    assert "MessageSizeTooLarge" in fault
    assert telemetry.relayed._value.get() - before == 39


async def test_core_07_what_kafka_has_of_a_topic_is_not_sent_again_for_a_row_of_another_topic(
    database: Database, bus: Bus, topic: Topic, narrow: Topic
) -> None:
    """Both speak of one person: the order is that of a key on its topic."""
    person = UUID(int=7)
    events = [on(topic, declined(person)), on(narrow, declined(person)), on(topic, declined(person))]
    async with relaying(database, bus):
        await database.transact(lambda tx: publish_all(tx, events))
        await until(lambda: left(database, narrow))
    assert len(await all_records(bus, topic.name)) == 2


async def left(database: Database, *topics: Topic) -> bool:
    return await stored(database) == [topic.name for topic in topics]


async def test_core_07_a_topic_that_is_not_there_holds_nothing_of_another_back(
    database: Database, bus: Bus, topic: Topic
) -> None:
    missing = Topic(f"{topic.name}.missing", topic.events, {})
    events = [on(missing, declined()), on(topic, declined())]
    async with relaying(database, bus) as running:
        await database.transact(lambda tx: publish_all(tx, events))
        await until(lambda: left(database, missing))
        await until(lambda: asyncio.sleep(0, "UnknownTopicOrPartition" in running.fault), "it says what is not there")
    assert len(await all_records(bus, topic.name)) == 1


async def test_a_relay_that_has_nothing_to_send_leads_on_and_has_no_fault(
    database: Database, bus: Bus, rounds: list[int], leads: list[int]
) -> None:
    async with relaying(database, bus) as running:
        assert running.fault, "before it has led once"
        await until(lambda: reached(rounds, 4), "it has looked four times")
        assert running.fault == ""
    assert len(leads) == 1


async def test_a_relay_leads_anew_after_its_hours(
    database: Database, bus: Bus, leads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka would forget the name of its fence. The producer before is ended each time."""
    monkeypatch.setattr(relay, "LEADS_FOR", 0.1)
    async with relaying(database, bus) as running:
        await until(lambda: reached(leads, 3), "it leads a third time")
        assert not telemetry.relay_blocked._value.get()
        assert running.fault == ""
    await until(no_producer_is_left, "each producer has ended")


async def no_producer_is_left() -> bool:
    return not any("aiokafka/producer" in repr(task) for task in asyncio.all_tasks())


@pytest.fixture
def leads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One more each time a relay takes the lead, under the name that is its service's and its database's."""
    begun, fence = list[int](), relay.fence

    async def counted(connection: asyncpg.Connection, service: str) -> str:
        name = await fence(connection, service)
        assert name.startswith("test.relay.")
        begun.append(1)
        return name

    monkeypatch.setattr(relay, "fence", counted)
    return begun


async def test_a_follower_is_not_blocked(database: Database, bus: Bus) -> None:
    async with relay.leadership(db.dsn(database.url)):
        telemetry.relay_blocked.set(1)
        async with relaying(database, bus):
            await until(not_blocked, "a follower is not blocked")


async def not_blocked() -> bool:
    return bool(telemetry.relay_blocked._value.get() == 0)


async def test_a_host_that_vanished_loses_its_locks_within_half_a_minute(database: Database) -> None:
    """Its locks are those of a session and of a leader: the server asks after it every few seconds."""
    asked = "SELECT name, setting FROM pg_settings WHERE name = ANY($1)"
    async with relay.leadership(db.dsn(database.url)) as connection:
        leading = dict(await connection.fetch(asked, [*db.DEAD_PEERS]))
    async with database.reading() as reading:
        names = (await reading.execute(text(asked.replace("$1", ":names")), {"names": [*db.DEAD_PEERS]})).all()
    assert leading == dict(map(tuple, names)) == db.DEAD_PEERS
    idle, every, times = (int(leading[f"tcp_keepalives_{what}"]) for what in ("idle", "interval", "count"))
    assert idle + every * times <= 30


@pytest.mark.parametrize("part", [{"password": "wrong"}, {"database": "not_there_yet"}])
async def test_a_wrong_password_and_a_missing_database_are_waited_for(database: Database, part: dict[str, str]) -> None:
    url = make_url(database.url).set(**part)  # type: ignore[arg-type]
    other = Database(url.render_as_string(hide_password=False), clock=Clock())
    assert not await reachable(other)
    await other.close()


ANY_FAULT = [*db.DRIVER_FAULTS, ConnectionRefusedError, TimeoutError, KafkaError]


@pytest.mark.parametrize("fault", ANY_FAULT, ids=lambda fault: fault.__name__)
async def test_whatever_fault_ends_its_lead_the_relay_begins_again(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    """Seen: «cannot switch to state 12; another operation (2) is in progress», which is of a class of its own."""
    tries = list[int]()

    async def dies(_: relay.Relay) -> None:
        tries.append(1)
        raise fault("cannot switch to state 12")

    monkeypatch.setattr(relay.Relay, "_lead", dies)
    task = asyncio.create_task(relay.Relay(database.url, bus, "try").run())
    await until(lambda: twice(tries), "it begins again")
    assert not task.done()
    task.cancel()
    assert db.away(asyncpg.InternalClientError("cannot switch to state 12"))


async def twice(tries: list[int]) -> bool:
    return len(tries) > 1


async def made_anew(bus: Bus, topic: Topic) -> None:
    """The same name with an empty log: offsets are given again, as when Kafka has lost its end."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.bootstrap)
    await admin.start()

    async def made() -> bool:
        answer = await admin.create_topics([NewTopic(topic.name, topic.partitions, 1)])
        return not answer.topic_errors[0][1]

    await admin.delete_topics([topic.name])
    await until(made, "the topic is there again")
    await admin.close()


async def test_core_22_a_relay_that_had_nothing_to_send_sees_at_the_first_answer_that_kafka_was_put_back(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """Its producer lives on, and Kafka takes its rows. They are in the archive, behind what is lost."""
    reached: dict[TopicPartition, int] = {}
    async with relay.producing(bus, topic.name) as producer, relay.leadership(db.dsn(database.url)) as connection:
        await database.transact(lambda tx: publish_all(tx, [on(topic, declined(UUID(int=7))) for _ in range(3)]))
        await relay.drain(connection, producer, reached)
        await made_anew(bus, topic)
        await database.transact(lambda tx: publish_all(tx, [on(topic, declined(UUID(int=7)))]))
        with pytest.raises(LogCutBack, match="jusqu'à 2"):
            await until(lambda: sent(connection, producer, reached), "Kafka has answered")
    assert await stored(database) == []


async def sent(connection: asyncpg.Connection, producer: AIOKafkaProducer, reached: dict[TopicPartition, int]) -> bool:
    """Also while a topic is still being made."""
    try:
        await relay.drain(connection, producer, reached)
    except relay.NotTaken:
        return False
    return True


async def test_only_the_relay_does_not_wait_for_the_disk(database: Database) -> None:
    """When PostgreSQL crashes, what it moved last is in the outbox again; what people did may not be lost so."""
    async with relay.leadership(db.dsn(database.url)) as connection:
        assert await connection.fetchval("SHOW synchronous_commit") == "off"
    async with database.reading() as reading:
        assert await reading.scalar(text("SHOW synchronous_commit")) == "on"


async def test_what_is_published_while_the_relay_looks_is_sent_at_once(
    database: Database, bus: Bus, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when it would look by itself: that would be in an hour."""
    drain, looks = relay.drain, list[int]()

    async def published_meanwhile(*how: Any) -> None:
        await drain(*how)
        looks.append(1)
        if len(looks) == 1:
            await database.transact(lambda tx: publish_all(tx, [on(topic, declined())]))

    monkeypatch.setattr(relay, "POLL_EVERY", 3600.0)
    monkeypatch.setattr(relay, "drain", published_meanwhile)
    async with relaying(database, bus):
        await until(lambda: reached(looks, 2), "it has looked again")
    assert await stored(database) == []


async def test_core_22_a_relay_publishes_nothing_while_its_check_refuses(
    database: Database, bus: Bus, topic: Topic
) -> None:
    asked = list[int]()

    async def refuses() -> None:
        asked.append(1)
        raise KafkaError("la fin manque")

    await database.transact(lambda tx: publish_all(tx, [on(topic, declined())]))
    running = relay.Relay(database.url, bus, "test", refuses)
    task = asyncio.create_task(running.run())
    await until(lambda: reached(asked, 2), "it has asked again")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await stored(database) == [topic.name]
    assert "la fin manque" in running.fault
