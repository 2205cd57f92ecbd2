"""A process that does one thing of the chassis for real, and can be told to stand still at a chosen moment.

python -m tests.faults.program relay URL BOOTSTRAP [before-delete] [through:PORT] [no-fence] [silent:SECONDS]
python -m tests.faults.program reader URL BOOTSTRAP TOPIC [after-commit|mid-batch|freezes] [static:NAME] [no-inbox]
    [idle:SECONDS]
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import aiokafka.client
from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.conn import create_conn
from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, Table, Text, Uuid, func, insert

from chassis import db, intake, relay, sending
from chassis.broker import Consumer, consuming_broker, listen
from chassis.bus import Bus
from chassis.clock import Clock
from chassis.db import Database, Transaction
from chassis.intake import Apply, Intake, Parsed, Subscription
from contracts.booking import SeatDeclined
from contracts.topics import Topic

HERE = "standing still"
THAWED = "thawed"

tables = MetaData()
effects = Table(
    "effects",
    tables,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("key", Text, nullable=False),
    Column("number", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
)


def topic_named(name: str) -> Topic:
    return Topic(name, (SeatDeclined,), {"cleanup.policy": "delete"}, partitions=6)


async def stand_still() -> None:
    sys.stdout.write(f"{HERE}\n")
    sys.stdout.flush()
    await asyncio.sleep(3600)


def freeze() -> None:
    """The whole process, until somebody lets it go on."""
    os.kill(os.getpid(), signal.SIGSTOP)
    sys.stdout.write(f"{THAWED}\n")
    sys.stdout.flush()


async def run_relay(url: str, bootstrap: str, faults: Sequence[str]) -> None:
    if "before-delete" in faults:

        async def landed(connection: Any, batch: sending.Batch) -> None:
            del connection
            await asyncio.wait(batch.acks)
            await stand_still()

        relay._land = landed
    if "no-fence" in faults:
        relay.producing = partial(without_a_fence, relay.producing)
    for seconds in (fault.partition(":")[2] for fault in faults if fault.startswith("silent:")):
        relay.SILENT_FOR = float(seconds)
    for port in (fault.partition(":")[2] for fault in faults if fault.startswith("through:")):
        aiokafka.client.create_conn = partial(through, int(port))
    await relay.Relay(url, Bus(bootstrap=bootstrap), "faults").run()


@asynccontextmanager
async def without_a_fence(producing: Any, bus: Bus, fence: str) -> AsyncIterator[AIOKafkaProducer]:
    """The control: each leader has a name of its own."""
    async with producing(bus, f"{fence}.{uuid4()}") as producer:
        yield producer


async def through(proxy: int, host: str, port: int, **how: Any) -> Any:
    """Every connection to Kafka goes by way of a proxy, whatever address the broker tells."""
    del port
    return await create_conn(host, proxy, **how)


def counting(faults: Sequence[str]) -> Apply:
    """One row an event."""
    freezes = ["once"] if "freezes" in faults else []

    async def count(tx: Transaction, events: Sequence[SeatDeclined]) -> None:
        for done, event in enumerate(events):
            if "mid-batch" in faults and done >= len(events) // 2:
                await tx.flush()
                await stand_still()
            if freezes and done >= len(events) // 2:
                freezes.pop()
                freeze()
            await tx.execute(insert(effects).values(key=event.key, number=event.offer_id))

    return count


class StandsStillAfterTheCommit(Intake):
    async def apply(self, records: Sequence[ConsumerRecord]) -> None:
        await super().apply(records)
        await stand_still()


class Tells(Consumer):
    """How many partitions it was given."""

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        sys.stdout.write(f"has {len(assigned)} partitions\n")
        sys.stdout.flush()
        await super().on_partitions_assigned(assigned)


async def run_reader(url: str, bootstrap: str, name: str, faults: Sequence[str]) -> None:
    for seconds in (fault.partition(":")[2] for fault in faults if fault.startswith("idle:")):
        db.IDLE_IN_TRANSACTION["idle_in_transaction_session_timeout"] = f"{seconds}s"
    database = Database(url, clock=Clock())
    if "no-inbox" in faults:
        intake.without_repeats = every_one
    kind = StandsStillAfterTheCommit if "after-commit" in faults else Intake
    consumer = Tells(kind(database, Subscription(topic_named(name), counting(faults))), database)
    broker = consuming_broker(Bus(bootstrap=bootstrap), "faults")
    static = [fault.partition(":")[2] for fault in faults if fault.startswith("static:")]
    listen(broker, "faults", consumer, *static)
    await broker.start()
    await asyncio.sleep(3600)


def every_one(parsed: Sequence[Parsed], fresh: set[UUID]) -> Iterator[Parsed]:
    """The control: the guard is off, against repeats inside one batch too."""
    del fresh
    return iter(parsed)


if __name__ == "__main__":
    role, url, bootstrap, *rest = sys.argv[1:]
    asyncio.run(run_relay(url, bootstrap, rest) if role == "relay" else run_reader(url, bootstrap, rest[0], rest[1:]))
