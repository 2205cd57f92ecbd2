"""Hands what was said to Kafka, in order, at least once; one leader per database.

The leader reads all visible rows that are not already flying, lowest id first, sends them, and moves them to the
archive when every copy is acknowledged. Reading the next batch overlaps the sending of the last; a row's id, never a
cursor, decides what is left: a cursor loses the rows that commit late.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Self

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from chassis import archive, db, private, telemetry, topics
from chassis.bus import Bus
from chassis.positions import LogCutBack, after, cut
from chassis.stopping import was_cancelled
from contracts.event import PARTITION_KEY

log = structlog.get_logger("relay")

Check = Callable[[], Awaitable[None]]

BATCH = 1000
FLYING = 3  # batches
ACKS_WITHIN = 12.0  # seconds; an idempotent send never fails by itself while the broker is away
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


@dataclass(frozen=True)
class Batch:
    """Rows on their way, and Kafka's word for each."""

    rows: Sequence[asyncpg.Record]
    acks: list[asyncio.Future[RecordMetadata]]

    @classmethod
    async def sent(cls, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> Self:
        """Send them in order; behind a row that its topic does not take, nothing goes to that topic."""
        closed: dict[str, KafkaError] = {}
        return cls(rows, [await send(producer, row, closed) for row in rows])

    @cached_property
    def ids(self) -> list[int]:
        return [row["id"] for row in self.rows]

    def landed(self) -> list[int]:
        """Return the ids that Kafka has, less what follows a row that it has not, on its topic and of its key.

        Those go again behind it.
        """
        if all(map(taken, self.acks)):
            return self.ids
        landed, refused = list[int](), set[tuple[str, str]]()
        for row, ack in zip(self.rows, self.acks, strict=True):
            if not taken(ack):
                refused.add(place(row))
            elif place(row) not in refused:
                landed.append(row["id"])
        return landed

    @cached_property
    def reached(self) -> dict[TopicPartition, int]:
        """Return the offset that follows the last that Kafka has given us, by partition.

        Of a repeat that it has had before Kafka does not say where.
        """
        answers = (ack.result() for ack in self.acks if taken(ack))
        return after(answer for answer in answers if answer.offset >= 0)

    def fault(self) -> str:
        faults = [ack.exception() for ack in self.acks if ack.done() and not ack.cancelled()]
        return next((repr(fault) for fault in faults if fault), f"pas de réponse en {ACKS_WITHIN:.0f} s")


def place(row: asyncpg.Record) -> tuple[str, str]:
    """Return within what the order of rows counts."""
    return row["topic"], row["key"]


async def send(
    producer: AIOKafkaProducer, row: asyncpg.Record, closed: dict[str, KafkaError]
) -> asyncio.Future[RecordMetadata]:
    """Hand a row to the producer. A topic that can't be sent to is noted in `closed`, with the reason."""
    if row["topic"] in closed:
        return refused(closed[row["topic"]])
    topic, headers = row["topic"], {PARTITION_KEY: row["key"], **orjson.loads(row["headers"])}  # also of old rows
    key = topics.record_key(topic, row["key"], row["event_id"], headers).encode()
    encoded = [(name, value.encode()) for name, value in headers.items()]
    ack: asyncio.Future[RecordMetadata]
    try:
        where = topics.partition(topic, row["key"].encode(), len(await producer.partitions_for(topic)))
        ack = await producer.send(topic, row["body"], key=key, partition=where, headers=encoded)
    except KafkaError as error:
        closed[row["topic"]] = error
        ack = refused(error)
    return ack


def refused(error: KafkaError) -> asyncio.Future[RecordMetadata]:
    ack: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
    ack.set_exception(error)
    return ack


def taken(ack: asyncio.Future[RecordMetadata]) -> bool:
    return ack.done() and not ack.cancelled() and ack.exception() is None


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
        while rows := await connection.fetch(NEXT, [i for batch in flying for i in batch.ids], BATCH):
            flying.append(await asyncio.wait_for(Batch.sent(producer, rows), ACKS_WITHIN))
            if len(rows) < BATCH:
                break  # what is said meanwhile wakes us again
            if len(flying) == FLYING:
                await land()
        while flying:
            await land()
    finally:
        for ack in (ack for batch in flying for ack in batch.acks):
            ack.cancel()


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

    A leader whose process is frozen keeps its connection: one that has asked nothing for `SILENT_FOR` loses it.
    """
    settings = {"application_name": "relay", **db.DEAD_PEERS}
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
