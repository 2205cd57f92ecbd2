"""Hands what was said to Kafka, in order, at least once; one leader per database.

The leader reads all visible rows that are not already flying, lowest id first, sends them, and moves them to the
archive when every copy is acknowledged. PostgreSQL moves and reads rows while others are made ready; a row's id, never
a cursor, decides what is left: a cursor loses the rows that commit late.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from chassis import archive, db, private, telemetry
from chassis.bus import Bus
from chassis.positions import LogCutBack, cut
from chassis.sending import ACKS_WITHIN, Batch, Rows
from chassis.stopping import was_cancelled

log = structlog.get_logger("relay")

Check = Callable[[], Awaitable[None]]

BATCH = 1000
FLYING = 2  # batches that wait for Kafka's word, while a third is made ready
POLL_EVERY = 0.5  # seconds, when nobody wakes the relay
EXPECTED = (OSError, KafkaError, *db.DRIVER_FAULTS)
LEADER_LOCK = 0x5041_5353  # one number for all: each service has a database of its own
LEADS_FOR = 21_600.0  # seconds, with one producer
SILENT_FOR = 15.0  # seconds; a leader that works asks its database something more often
LEAD_AGAIN = 1.0  # seconds between two tries to lead
ANSWERS_WITHIN = 30.0  # seconds, for a question to the database

NEXT = """
    SELECT id, event_id, topic, key, headers, body FROM outbox
    WHERE id <> ALL($1::bigint[]) ORDER BY id LIMIT $2
"""
DATABASE = """
    SELECT system_identifier || '.' || oid FROM pg_control_system(), pg_database WHERE datname = current_database()
"""


DEPOSE = f"""
    SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND (classid, objid) = (0, {LEADER_LOCK}) AND granted
        AND datname = current_database() AND clock_timestamp() - state_change > make_interval(secs => $1)
"""  # noqa: S608 - a number of our own


class NotTaken(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """Kafka refused some rows, or said nothing about them in time."""


class Relay:
    """`run` never ends by itself: it leads when it can, and begins again after any fault.

    `check` raises KafkaError when nothing may be published now; it is asked each time before the relay leads. `woken`
    is set after each commit that published something.
    """

    def __init__(
        self, url: str, bus: Bus, service: str, check: Check | None = None, woken: asyncio.Event | None = None
    ) -> None:
        self.dsn = db.dsn(url)
        self.bus = bus
        self.service = service
        self.check = check
        self.fault = "le relais n'a pas encore démarré"
        self.woken = woken or asyncio.Event()

    async def run(self) -> None:
        while not was_cancelled():
            try:
                await self._lead()
            except Exception as error:
                if not isinstance(error, EXPECTED) and not db.away(error):
                    raise
                self.fault = f"{type(error).__name__} : {error}"
                telemetry.relay_blocked.set(1)
                log.warning("relay blocked", error=self.fault)
                await asyncio.sleep(1)

    async def _lead(self) -> None:
        """Lead, for some hours: Kafka forgets a name that began no producer for a week, and its epoch with it."""
        async with leadership(self.dsn) as connection:
            if self.check:
                await self.check()
            await self._publish(connection)

    async def _publish(self, connection: asyncpg.Connection) -> None:
        async with producing(self.bus, await fence(connection, self.service)) as producer:
            until, reached = time.monotonic() + LEADS_FOR, dict[TopicPartition, int]()
            while not was_cancelled() and time.monotonic() < until:
                self.woken.clear()
                await drain(connection, producer, reached)
                telemetry.relay_blocked.set(0)
                self.fault = ""
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.woken.wait(), POLL_EVERY)


async def fence(connection: asyncpg.Connection, service: str) -> str:
    """Return the name that only relays of this very database use, under the service's prefix."""
    return f"{service}.relay.{await connection.fetchval(DATABASE)}"


async def drain(
    connection: asyncpg.Connection, producer: AIOKafkaProducer, reached: dict[TopicPartition, int] | None = None
) -> None:
    """Send until nothing is left. A fault leaves the rows where they are: the readers' inbox forgives repeats.

    `reached` remembers from one time to the next what Kafka has given this producer. Raises LogCutBack.
    """
    flying: deque[Batch] = deque()
    land = partial(_land_next, connection, flying, {} if reached is None else reached)
    try:
        rows = await connection.fetch(NEXT, [], BATCH)
        while rows:
            rows, _ = await both(_turn(connection, flying, rows, land), _fly(producer, rows, flying))
        while flying:
            await land()
    finally:
        for ack in (ack for batch in flying for ack in batch.acks):
            ack.cancel()


async def _turn(
    connection: asyncpg.Connection, flying: deque[Batch], rows: Rows, land: Callable[[], Awaitable[None]]
) -> Rows:
    """Return what follows these rows, which fly meanwhile. What is published later wakes the relay again."""
    if len(flying) == FLYING:
        await land()
    if len(rows) < BATCH:
        return []
    read = [row["id"] for those in (*(batch.rows for batch in flying), rows) for row in those]
    following: Rows = await connection.fetch(NEXT, read, BATCH)
    return following


async def both(*works: Coroutine[Any, Any, Any]) -> list[Any]:
    """Do them at once: PostgreSQL moves and reads rows while others are made ready. When one fails, both have ended."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _fly(producer: AIOKafkaProducer, rows: Rows, flying: deque[Batch]) -> None:
    flying.append(await asyncio.wait_for(Batch.sent(producer, rows), ACKS_WITHIN))


async def _land_next(connection: asyncpg.Connection, flying: deque[Batch], reached: dict[TopicPartition, int]) -> None:
    """Raises NotTaken, and LogCutBack when Kafka had given later offsets before: it was put back while nothing flew."""
    batch = flying.popleft()
    await _land(connection, batch)
    if lost := cut(reached, batch.reached):
        raise LogCutBack(lost)
    reached |= batch.reached


async def _land(connection: asyncpg.Connection, batch: Batch) -> None:
    """What Kafka has is moved to the archive. Raises NotTaken when that is not all."""
    await asyncio.wait(batch.acks, timeout=ACKS_WITHIN)
    landed = batch.landed()
    await archive.move(connection, landed, batch.rows, batch.reached)
    telemetry.relayed.inc(len(landed))
    if len(landed) < len(batch.rows):
        raise NotTaken(batch.fault())


@asynccontextmanager
async def leadership(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """Open a connection that holds the leader's lock; it waits until the last leader's connection is gone.

    A leader whose process is frozen keeps its connection: one that has asked nothing for `SILENT_FOR` loses it. Its
    commits do not wait for the disk: when PostgreSQL crashes, what was moved last is in the outbox, and goes again.
    """
    settings = {"application_name": "relay", "synchronous_commit": "off", **db.DEAD_PEERS}
    connection = await asyncpg.connect(dsn, server_settings=settings, timeout=5, command_timeout=ANSWERS_WITHIN)
    try:
        while not await connection.fetchval(f"SELECT pg_try_advisory_lock({LEADER_LOCK})"):
            telemetry.relay_blocked.set(0)  # another one leads
            if await connection.fetchval(DEPOSE, SILENT_FOR):
                log.warning("silent leader deposed", silent_for=SILENT_FOR)
            await asyncio.sleep(LEAD_AGAIN)
        telemetry.relay_leads.set(1)
        yield connection
    finally:
        telemetry.relay_leads.set(0)
        connection.terminate()


@asynccontextmanager
async def producing(bus: Bus, fence: str) -> AsyncIterator[AIOKafkaProducer]:
    """Start an idempotent producer whose epoch is the highest under the name `fence`.

    Where it has written, the broker refuses whatever a producer of a lower epoch sent before and the network delivers
    later. Kafka gives epochs for a `transactional_id` only; there are no transactions: docs/decisions/0061.
    """
    producer = AIOKafkaProducer(
        **bus.client(),
        acks="all",
        transactional_id=fence,
        linger_ms=0,  # a lone event leaves at once; a thousand rows still share their requests
        max_batch_size=512 * 1024,
        request_timeout_ms=10_000,
        metadata_max_age_ms=10_000,  # another number of partitions is seen as soon
    )
    try:
        await asyncio.wait_for(producer.start(), ACKS_WITHIN)
        private.begin_no_transactions(producer)
        yield producer
    finally:
        await _end(producer)


async def _end(producer: AIOKafkaProducer) -> None:
    """Close what the producer holds, whether or not the broker answers."""
    try:
        await asyncio.wait_for(producer.stop(), 2)
    except (TimeoutError, KafkaError):
        private.stop_sending(producer)
        await producer.client.close()
