"""What happens because time passes: named jobs, each done by one instance at a time, or by every instance.

When a job of one instance last ran is stored with what it did: it is due by the service's clock, not by how long a
process lives, and a restart takes nobody's turn.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from aiokafka.errors import KafkaError
from sqlalchemy import Column, DateTime, Table, Text, select, text
from sqlalchemy.dialects.postgresql import insert

from chassis import db, telemetry
from chassis.db import Database, Reading, Transaction, chassis_tables
from chassis.stopping import pause, told_to_end

log = structlog.get_logger("periodic")

LOOK_EVERY = 15.0  # seconds at most, whether a job is due
FORGIVEN = 1.5  # of its period
GRACE = 120.0  # seconds
ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(hashtext(:name))")

job_runs = Table(
    "job_runs",
    chassis_tables,
    Column("name", Text, primary_key=True),
    Column("ran_at", DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True)
class Job:
    """`work` is done every `every` seconds; how long it took and how often it failed is counted.

    With `due` it is looked at more often, and does nothing while it is not.
    """

    name: str
    every: float
    work: Callable[[Database], Awaitable[object]]
    due: bool = False


def alone(name: str, every: float, work: Callable[[Transaction], Awaitable[object]]) -> Job:
    """A job in one transaction, once in `every` seconds of the service's clock, by whichever instance comes first."""

    async def turn(tx: Transaction) -> None:
        if (await tx.execute(ONE_AT_A_TIME, {"name": name})).scalar_one() and await _due(tx, tx.now, name, every):
            await work(tx)
            await _note(tx, name)

    return Job(name, every, lambda database: database.transact(turn), due=True)


def repeatable(name: str, every: float, work: Callable[[Database], Awaitable[object]]) -> Job:
    """A job that asks others too, in no transaction. Due as `alone`; that two instances do it at once does no harm."""

    async def turn(database: Database) -> None:
        async with database.reading() as reading:
            due = await _due(reading, database.clock.now(), name, every)
        if due:
            await work(database)
            await database.transact(partial(_note, name=name))

    return Job(name, every, turn, due=True)


async def _note(tx: Transaction, name: str) -> None:
    ran = insert(job_runs).values(name=name, ran_at=tx.now)
    await tx.execute(ran.on_conflict_do_update(index_elements=["name"], set_={"ran_at": tx.now}))


async def each(database: Database, works: Iterable[Callable[[Transaction], Awaitable[object]]]) -> None:
    """Do each in a transaction of its own: what fails for one object holds up none of the others.

    Raises ExceptionGroup at the end with all that failed, and at once when the database is away.
    """
    failures: list[Exception] = []
    for work in works:
        try:
            await database.transact(work)
        except Exception as error:
            if db.away(error) and not db.held(error):
                raise
            failures.append(error)
    if failures:
        raise ExceptionGroup("some failed, the others are done", failures)


async def _due(reading: Reading, now: datetime, name: str, every: float) -> bool:
    """A clock that was put back makes nobody wait."""
    ran_at = await reading.scalar(select(job_runs.c.ran_at).where(job_runs.c.name == name))
    return ran_at is None or not timedelta(0) <= now - ran_at < timedelta(seconds=every)


async def run(job: Job, database: Database, ran: dict[str, datetime] | None = None) -> None:
    """Until it is cancelled; a failure is logged and counted, and the next turn tries again.

    `ran` remembers when a job that every instance does last succeeded; the others are stored.
    """
    while not told_to_end():
        telemetry.follow("")  # each turn is a thread of its own
        try:
            with telemetry.timed(telemetry.job_seconds.labels(job.name)):
                await job.work(database)
            if ran is not None and not job.due:
                ran[job.name] = database.clock.now()
        except Exception as error:
            telemetry.job_failures.labels(job.name).inc()
            if isinstance(error, KafkaError):
                log.warning("job waits for Kafka", job=job.name, error=telemetry.described(error))
            elif not db.away(error):
                log.exception("job failed", job=job.name)
        await pause(min(job.every, LOOK_EVERY) if job.due else job.every)


def late(jobs: Sequence[Job], ran: Mapping[str, datetime], began: datetime, now: datetime) -> str:
    """Jobs that have not succeeded for much longer than they should. One that never has is late since we `began`."""
    said = []
    for job in jobs:
        last = ran.get(job.name, began)
        if job.name in ran:
            telemetry.job_succeeded.labels(job.name).set(last.timestamp())
        if (now - last).total_seconds() > FORGIVEN * job.every + GRACE:
            said.append(f"«{job.name}» n'a pas réussi depuis le {last:%d/%m à %H:%M} (UTC)")
    return ", ".join(said)
