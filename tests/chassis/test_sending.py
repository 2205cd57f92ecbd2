"""What travels together, in what order, and what becomes of it when Kafka does not take all."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata
from sqlalchemy import text

from chassis import sending, topics
from chassis.bus import Bus
from chassis.db import Database
from chassis.relay import both
from contracts.topics import Topic
from tests.chassis.conftest import all_records, declined
from tests.chassis.test_outbox_and_relay import drained, on, publish_all, relaying
from tests.chassis.test_relay_faults import left
from tests.waiting import until

LARGE = "UPDATE outbox SET body = convert_to(repeat('x', 300000), 'UTF8')"


async def test_rows_for_which_a_batch_of_records_has_no_room_follow_in_another(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """Seven times 300 kB of one person: two of them are more than a batch of records takes."""
    await database.transact(lambda tx: publish_all(tx, [on(topic, declined(UUID(int=7))) for _ in range(7)]))
    await database.transact(lambda tx: tx.execute(text(LARGE)))
    async with database.reading() as reading:
        published = [str(one) for one in await reading.scalars(text("SELECT event_id FROM outbox ORDER BY id"))]
    async with relaying(database, bus):
        await drained(database)
    records = await all_records(bus, topic.name)
    assert [dict(record.headers)["ce_id"].decode() for record in records] == published


async def test_a_row_from_before_its_key_had_a_header_is_sent_with_it(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """It was in the outbox while the service was brought to this version."""
    await database.transact(lambda tx: publish_all(tx, [on(topic, declined(UUID(int=7)))]))
    await database.transact(lambda tx: tx.execute(text("UPDATE outbox SET headers = headers - 'ce_partitionkey'")))
    async with relaying(database, bus):
        await drained(database)
    (record,) = await all_records(bus, topic.name)
    assert dict(record.headers)["ce_partitionkey"].decode() == str(UUID(int=7))


async def test_core_07_a_row_that_is_too_large_holds_back_no_other_partition(
    database: Database, bus: Bus, topic: Topic
) -> None:
    await database.transact(lambda tx: publish_all(tx, [on(topic, declined(UUID(int=n))) for n in range(20)]))
    await database.transact(lambda tx: tx.execute(text(TOO_LARGE)))
    partition = topics.partition(topic.name, str(UUID(int=1)).encode(), topic.partitions)
    async with relaying(database, bus):
        await until(lambda: only_of(database, topic, partition), "other partitions have their rows")
    assert {record.partition for record in await all_records(bus, topic.name)} - {partition} == {0, 1, 2} - {partition}


async def only_of(database: Database, topic: Topic, partition: int) -> bool:
    async with database.reading() as reading:
        keys = await reading.scalars(text("SELECT key FROM outbox"))
    return {topics.partition(topic.name, key.encode(), topic.partitions) for key in keys} == {partition}


async def test_core_07_what_kafka_refuses_keeps_behind_it_what_follows_of_its_key() -> None:
    """That goes again behind it. What came before it is done with, and so is what is of another key or topic."""
    places = [("a", "one"), ("a", "one"), ("a", "two"), ("b", "one"), ("a", "one"), ("a", "two")]
    rows = [{"id": number, "topic": topic, "key": key} for number, (topic, key) in enumerate(places)]
    acks = [acknowledged() for _ in rows]
    assert sending.Batch(rows, acks).landed() == [0, 1, 2, 3, 4, 5]
    acks[1] = sending.refused(KafkaError("trop long"))
    batch = sending.Batch(rows, acks)
    assert (batch.landed(), batch.fault()) == ([0, 2, 3, 5], "KafkaError('trop long')")


async def test_what_kafka_says_nothing_about_is_not_done_with() -> None:
    rows = [{"id": number, "topic": "a", "key": str(number)} for number in range(3)]
    given_up = silent()
    given_up.cancel()
    batch = sending.Batch(rows, [acknowledged(), silent(), given_up])
    assert (batch.landed(), batch.fault()) == ([0], "pas de réponse en 12 s")


def silent() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


def acknowledged() -> asyncio.Future[Any]:
    ack = asyncio.get_running_loop().create_future()
    ack.set_result(None)
    return ack


TOO_LARGE = """
    UPDATE outbox SET body = convert_to(repeat('x', 2000000), 'UTF8') WHERE id = (SELECT min(id) + 1 FROM outbox)
"""


async def test_core_07_behind_a_row_that_can_not_be_sent_nothing_goes_to_its_topic(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """Not even of its key: it would be there before it. What came before it is sent once."""
    events = [on(topic, declined(UUID(int=7))) for _ in range(3)]
    await database.transact(lambda tx: publish_all(tx, events))
    await database.transact(lambda tx: tx.execute(text(TOO_LARGE)))
    async with relaying(database, bus):
        await until(lambda: left(database, topic, topic), "what comes before it is sent")
    (sent,) = await all_records(bus, topic.name)
    assert topic.reader.read(sent.headers, sent.value).event == events[0]


async def test_the_offset_that_is_reached_follows_the_last_row_that_travelled_along() -> None:
    """Kafka says where the first is. Of a repeat it says nothing, and of what it refuses neither."""
    acks = [given(partition=1, offset=40), given(partition=1, offset=42), given(partition=2, offset=-1)]
    acks.append(sending.refused(KafkaError("non")))
    rows = [{"id": number} for number in range(6)]
    batch = sending.Batch(rows, [acks[0], acks[0], acks[1], acks[2], acks[2], acks[3]])
    assert batch.reached == {TopicPartition("a", 1): 43}
    assert acks[3].exception()


def given(partition: int, offset: int) -> asyncio.Future[Any]:
    ack = asyncio.get_running_loop().create_future()
    ack.set_result(RecordMetadata("a", partition, TopicPartition("a", partition), offset, -1, 0, 0))
    return ack


async def test_when_one_of_both_fails_the_other_has_ended_before_it_is_told() -> None:
    """Else rows would still be handed over while a next round has begun."""
    ended = list[str]()

    async def goes_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    async def fails() -> None:
        raise KafkaError("non")

    with pytest.raises(KafkaError, match="non"):
        await both(goes_on(), fails())
    assert ended == ["ended"]
