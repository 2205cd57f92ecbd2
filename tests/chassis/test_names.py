"""A header's name that is not text makes aiokafka's reader raise: the partition goes on, and the record is parked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c
from sqlalchemy import select

from chassis import parking
from chassis.broker import Consumer, consuming_broker, listen
from chassis.bus import Bus
from chassis.db import Database
from chassis.intake import Intake, Subscription
from chassis.private import WrittenBatch
from contracts.booking import SeatDeclined
from contracts.topics import Topic
from tests.chassis.conftest import Counting, declined, effects, record
from tests.waiting import until

NAME, NOT_TEXT = "aa_name_to_be_spoilt", b"\xff\xfe_name_to_be_spoilt"
CRC, AFTER_CRC = slice(17, 21), 21


def spoil(batch: BatchBuilder, *events: SeatDeclined) -> bytearray:
    """Fill it; the last event has a header whose name is not UTF-8."""
    for event in events:
        sent = record(event)
        spoilt = [(NAME, b"value")] if event is events[-1] else []
        batch.append(timestamp=None, key=sent.key, value=sent.value, headers=[*sent.headers, *spoilt])
    batch.close()
    buffer: bytearray = batch._build()
    at = buffer.index(NAME.encode())
    buffer[at : at + len(NAME)] = NOT_TEXT
    buffer[CRC] = calc_crc32c(bytes(buffer[AFTER_CRC:])).to_bytes(4, "big")
    return buffer


async def send(producer: AIOKafkaProducer, topic: Topic, *events: SeatDeclined) -> None:
    """All in one batch, and one more behind it."""
    *first, last = events
    batch = producer.create_batch()
    spoil(batch, *first)
    await (await producer.send_batch(batch, topic.name, partition=0))
    after = record(last)
    await producer.send_and_wait(topic.name, after.value, key=after.key, headers=[*after.headers], partition=0)


async def applied(database: Database) -> list[Any]:
    async with database.reading() as reading:
        return [*await reading.scalars(select(effects.c.offer_id).order_by(effects.c.id))]


async def waiting(database: Database) -> Sequence[Any]:
    async with database.reading() as reading:
        return await parking.waiting(reading)


async def test_core_08_a_header_whose_name_is_not_text_stops_no_partition(
    bus: Bus, topic: Topic, counted: Database, counting: Counting, producer: AIOKafkaProducer
) -> None:
    consumer = Consumer(Intake(counted, Subscription(topic, counting)), counted)
    broker = consuming_broker(bus, topic.short)
    listen(broker, topic.short, consumer)
    await broker.start()
    events = [declined() for _ in range(3)]
    await send(producer, topic, *events)

    async def all_done() -> bool:
        return len(await applied(counted)) + len(await waiting(counted)) == len(events)

    await until(all_done)
    await consumer.close()
    await broker.stop()
    assert await applied(counted) == [event.offer_id for event in events]


async def test_core_08_a_record_with_such_a_name_is_parked_when_it_can_not_be_read(
    counted: Database, topic: Topic, counting: Counting
) -> None:
    batch = WrittenBatch(bytes(spoil(BatchBuilder(100_000, 0), declined())))
    (read,) = batch
    assert dict(read.headers)[r"\xff\xfe_name_to_be_spoilt"] == b"value"
    intake = Intake(counted, Subscription(topic, counting))
    await intake.apply([replace(record(declined()), value=b"{", headers=tuple(read.headers))])
    (parked,) = await waiting(counted)
    assert r"\xff\xfe_name_to_be_spoilt" in parked.header_names
