"""The relay against aiokafka alone, and how long after its commit an event may be consumed."""

import asyncio
import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis import db, relay
from chassis.db import Database, chassis_tables
from tests.benchmarks.ground import Ground, fill_outbox, outbox_rows
from tests.benchmarks.table import Line, against, spread

EVENTS, ROUNDS, TOGETHER = 60_000, 5, 1000
RATE, SECONDS, WARMING = 500, 12, 1
INSERT = "INSERT INTO outbox (event_id, topic, key, headers, body) VALUES ($1, $2, $3, $4, $5)"


async def drain(ground: Ground) -> Line:
    """Rows in the outbox until none is left, against sending the same rows and waiting for the acks."""
    database, topic = await ground.database(chassis_tables), await ground.topic()
    rows = outbox_rows(EVENTS, topic)
    ours, raw = [], []
    async with relay.producing(ground.bus, "bench") as producer:
        await send(producer, rows[:TOGETHER])
        for _ in range(ROUNDS):
            raw.append(await timed(send(producer, rows)))
            await fill_outbox(database, rows)
            async with relay.leadership(db.dsn(database.url)) as connection:
                ours.append(await timed(relay.drain(connection, producer)))
    await database.close()
    return against("relay drains its outbox, against aiokafka send + gather", ours, raw, "≥ 0.7")


async def timed(work: Any) -> float:
    began = time.perf_counter()
    await work
    return EVENTS / (time.perf_counter() - began)


async def send(producer: AIOKafkaProducer, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), TOGETHER):
        futures = [
            await producer.send(
                row["topic"],
                row["body"],
                key=row["key"].encode(),
                headers=[(name, value.encode()) for name, value in row["headers"].items()],
            )
            for row in rows[start : start + TOGETHER]
        ]
        await asyncio.gather(*futures)


async def freshness(ground: Ground) -> Line:
    """From the answer of the commit to the consumer that has the event, at 500 transactions a second.

    The writer shares its process with the relay, as in a service; the consumer has one of its own. The first second is
    not counted: the broker's virtual machine has not compiled this path yet.
    """
    database, topic = await ground.database(chassis_tables), await ground.topic()
    running = relay.Relay(database.url, ground.bus, "bench")
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    consumer = context.Process(target=note_arrivals, args=(ground.bus.bootstrap, topic, RATE * SECONDS, there))
    consumer.start()
    await asyncio.to_thread(here.recv)
    task = asyncio.create_task(running.run())
    await asyncio.sleep(1)
    committed = await _write_steadily(database, topic, running)
    arrived = await asyncio.to_thread(here.recv)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.to_thread(consumer.join)
    await database.close()
    begun = min(committed.values()) + WARMING
    delays = [max(arrived[key] - at, 0) for key, at in committed.items() if at > begun]
    return spread(f"commit to consumable at {RATE} transactions/s", delays, "p99 < 25 ms")


def note_arrivals(bootstrap: str, topic: str, count: int, pipe: Connection) -> None:
    """In a process of its own: when each event came, by its id."""
    pipe.send(asyncio.run(_arrivals(bootstrap, topic, count, pipe)))


async def _arrivals(bootstrap: str, topic: str, count: int, pipe: Connection) -> dict[str, float]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    pipe.send("listening")
    arrived: dict[str, float] = {}
    async for record in consumer:
        arrived[dict(record.headers)["ce_id"].decode()] = time.time()
        if len(arrived) == count:
            break
    await consumer.stop()
    return arrived


async def _write_steadily(database: Database, topic: str, running: relay.Relay) -> dict[str, float]:
    """When each event's commit was answered, by its id."""
    rows = outbox_rows(RATE * SECONDS, topic)
    committed: dict[str, float] = {}
    pool = await asyncpg.create_pool(db.dsn(database.url), min_size=10, max_size=10)

    async def write(row: dict[str, Any]) -> None:
        values = (row["event_id"], topic, row["key"], orjson.dumps(row["headers"]).decode(), row["body"])
        await pool.execute(INSERT, *values)
        committed[str(row["event_id"])] = time.time()
        running.woken.set()

    began, writing = time.perf_counter(), []
    for number, row in enumerate(rows):
        await asyncio.sleep(max(began + number / RATE - time.perf_counter(), 0))
        writing.append(asyncio.create_task(write(row)))
    await asyncio.gather(*writing)
    await pool.close()
    return committed
