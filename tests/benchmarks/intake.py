"""The intake against aiokafka and asyncpg alone: the same records, the same effects, the same batches."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer
from sqlalchemy import text

from chassis import db, relay
from chassis.broker import Consumer, consuming_broker, listen
from chassis.db import Database, Transaction, chassis_tables
from chassis.intake import Intake, Subscription
from contracts.booking import BookingConfirmed
from contracts.topics import Topic
from tests.benchmarks.ground import Ground, outbox_rows
from tests.benchmarks.relay import send
from tests.benchmarks.table import Line, against
from tests.faults.program import tables

EVENTS, ROUNDS, BATCH = 40_000, 6, 500

INBOX = """
    INSERT INTO inbox (event_id, topic) SELECT id, $2 FROM unnest($1::uuid[]) AS id
    ON CONFLICT DO NOTHING RETURNING event_id
"""
SAME_EFFECTS = text(
    "INSERT INTO effects (key, number) SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:numbers AS uuid[]))"
)
LAST_EFFECT = "SELECT coalesce(max(id), 0) FROM effects"
EFFECTS = "INSERT INTO effects (key, number) SELECT * FROM unnest($1::text[], $2::uuid[])"


async def take(ground: Ground) -> Line:
    """From the subscription until every effect is committed."""
    ours: list[float] = []
    raw: list[float] = []
    for _ in range(ROUNDS):
        topic = await ground.topic()
        async with relay.producing(ground.bus, "bench") as producer:
            await send(producer, outbox_rows(EVENTS, topic))
        for measure, rates in ((_by_hand, raw), (_by_intake, ours)):
            database = await ground.database(chassis_tables, tables)
            rates.append(EVENTS / await measure(ground, topic, database))
            await database.close()
    return against("intake, against aiokafka + asyncpg in the same batches", ours, raw, "≥ 0.7")


async def _by_hand(ground: Ground, topic: str, database: Database) -> float:
    """The same promises with nothing between: headers and bodies are looked at, each event once, one commit a batch."""
    connection = await asyncpg.connect(db.dsn(database.url))
    from_the_start = {"enable_auto_commit": False, "auto_offset_reset": "earliest"}
    consumer = AIOKafkaConsumer(topic, group_id=f"{topic}.hand", **from_the_start, **ground.bus.client())
    await consumer.start()
    began, done = time.perf_counter(), 0
    while done < EVENTS:
        batches = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
        records = [record for batch in batches.values() for record in batch]
        by_id = {UUID(dict(record.headers)["ce_id"].decode()): record for record in records}
        async with connection.transaction():
            fresh = [row["event_id"] for row in await connection.fetch(INBOX, [*by_id], topic)]
            said = [BookingConfirmed.model_validate_json(by_id[one].value, extra="ignore") for one in fresh]
            await connection.execute(EFFECTS, [one.key for one in said], [one.booking_id for one in said])
        await consumer.commit()
        done += len(records)
    took = time.perf_counter() - began
    await consumer.stop()
    await connection.close()
    return took


async def _count(tx: Transaction, events: Sequence[BookingConfirmed]) -> None:
    told = {"keys": [event.key for event in events], "numbers": [event.booking_id for event in events]}
    await tx.execute(SAME_EFFECTS, told)


async def _by_intake(ground: Ground, topic: str, database: Database) -> float:
    subscription = Subscription(Topic(topic, (BookingConfirmed,), {}), _count)
    consumer = Consumer(Intake(database, subscription), database)
    broker = consuming_broker(ground.bus, "bench")
    listen(broker, "bench", consumer)
    await broker.start()
    looking = await asyncpg.connect(db.dsn(database.url))
    began = time.perf_counter()
    while await looking.fetchval(LAST_EFFECT) < EVENTS:  # noqa: ASYNC110 - effects are looked for where they belong
        await asyncio.sleep(0.02)
    took = time.perf_counter() - began
    await looking.close()
    await broker.stop()
    await consumer.close()
    return took
