"""Hands what was said to Kafka, in order, at least once; one leader per database.

The leader reads all visible rows that are not already flying, lowest id first, sends them, and deletes them when every
copy is acknowledged. Reading the next batch overlaps the sending of the last; a row's id, never a cursor, decides what
is left: a cursor loses the rows that commit late.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chassis import db, telemetry
from chassis.bus import Bus

log = structlog.get_logger("relay")

BATCH = 1000
FLYING = 3  # batches
ACKS_WITHIN = 12.0  # seconds; an idempotent send never fails by itself while the broker is away
POLL_EVERY = 0.5  # seconds, when nobody wakes the relay
LEADER_LOCK = 0x5041_5353  # one number for all: each service has a database of its own

NEXT = """
    SELECT id, topic, key, headers, body FROM outbox
    WHERE id <> ALL($1::bigint[]) ORDER BY id LIMIT $2
"""
DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"
OLDEST = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(said_at)), 0)::float8 FROM outbox"


@dataclass(frozen=True)
class Batch:
    """Rows on their way: `acks` ends when Kafka has them all."""

    ids: list[int]
    acks: Awaitable[Any]

    @classmethod
    async def sent(cls, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> Self:
        futures = [
            await producer.send(
                row["topic"],
                row["body"],
                key=row["key"].encode(),
                headers=[(name, value.encode()) for name, value in orjson.loads(row["headers"]).items()],
            )
            for row in rows
        ]
        telemetry.relayed.inc(len(rows))
        return cls([row["id"] for row in rows], asyncio.gather(*futures))


class Relay:
    """`run` never ends by itself: it leads when it can, and begins again after any fault."""

    def __init__(self, url: str, bus: Bus) -> None:
        self.dsn = db.dsn(url)
        self.bus = bus
        self.fault = "le relais n'a pas encore démarré"
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Called after each commit that said something."""
        self._woken.set()

    async def run(self) -> None:
        while True:
            try:
                await self._lead()
            except (OSError, TimeoutError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                self.fault = f"{type(error).__name__} : {error}"
                telemetry.relay_blocked.set(1)
                log.warning("relay blocked", error=self.fault)
                await asyncio.sleep(1)

    async def _lead(self) -> None:
        async with leadership(self.dsn) as connection, producing(self.bus) as producer:
            while True:
                self._woken.clear()
                await drain(connection, producer)
                telemetry.relay_blocked.set(0)
                self.fault = ""
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), POLL_EVERY)


async def drain(connection: asyncpg.Connection, producer: AIOKafkaProducer) -> None:
    """Send until nothing is left. A fault leaves the rows where they are: the readers' inbox forgives repeats."""
    flying: deque[Batch] = deque()
    try:
        while rows := await connection.fetch(NEXT, [i for batch in flying for i in batch.ids], BATCH):
            flying.append(await asyncio.wait_for(Batch.sent(producer, rows), ACKS_WITHIN))
            if len(rows) < BATCH:
                break  # what is said meanwhile wakes us again
            if len(flying) == FLYING:
                await _land(connection, flying.popleft())
        while flying:
            await _land(connection, flying.popleft())
    finally:
        for batch in flying:
            asyncio.ensure_future(batch.acks).cancel()


async def _land(connection: asyncpg.Connection, batch: Batch) -> None:
    await asyncio.wait_for(batch.acks, ACKS_WITHIN)
    await connection.execute(DELETE, batch.ids)


@asynccontextmanager
async def leadership(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that holds the leader's lock; waits until the last leader's connection is gone."""
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "relay"}, timeout=5)
    try:
        await connection.execute(f"SELECT pg_advisory_lock({LEADER_LOCK})")
        yield connection
    finally:
        connection.terminate()


@asynccontextmanager
async def producing(bus: Bus) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        **bus.client(),
        acks="all",
        enable_idempotence=True,
        linger_ms=0,  # a lone event leaves at once; a thousand rows still share their requests
        max_batch_size=512 * 1024,
        request_timeout_ms=10_000,
    )
    await asyncio.wait_for(producer.start(), ACKS_WITHIN)
    try:
        yield producer
    finally:
        await _end(producer)


async def _end(producer: AIOKafkaProducer) -> None:
    """`stop` hangs while the broker is away and leaks its task; aiokafka is pinned for these two private names."""
    try:
        await asyncio.wait_for(producer.stop(), 2)
    except (TimeoutError, KafkaError):
        if producer._sender.sender_task is not None:  # noqa: SLF001
            producer._sender.sender_task.cancel()  # noqa: SLF001
        await producer.client.close()
