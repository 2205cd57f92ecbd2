"""What happens because time passes: named jobs, each done by one instance at a time, or by every instance.

When a job of one instance last ran is stored with what it did: it is due by the service's clock, not by how long a
process lives, and a restart takes nobody's turn.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from aiokafka.errors import KafkaError
from sqlalchemy import Column, DateTime, Table, Text, select, text
from sqlalchemy.dialects.postgresql import insert

from chassis import db, telemetry
from chassis.db import Database, Reading, Transaction, chassis_tables
from chassis.stopping import pause, was_cancelled

T = TypeVar("T")
Step = Callable[[Transaction], Awaitable[object]]
OnSome = Callable[[Transaction, Sequence[T]], Awaitable[object]]

log = structlog.get_logger("periodic")

LOOK_EVERY = 15.0  # seconds at most, whether a job is due
FORGIVEN = 1.5  # of its period
GRACE = 120.0  # seconds
AT_ONCE = 50  # objects in one transaction
LOCK = 2.0  # seconds that some objects wait for a row: the others are next, and a later turn tries again
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

    With `due` it is looked at more often, and does nothing while it is not. `soon` seconds later it is done again when
    it has answered False: there is more to do. A transaction that `wakes` it lets nothing of this time pass.
    """

    name: str
    every: float
    work: Callable[[Database], Awaitable[object]]
    due: bool = False
    soon: float = 0.0


@dataclass
class Runs:
    """Of jobs, by name: when each last succeeded, in whichever instance, and with how many objects it fails in ours."""

    succeeded: dict[str, datetime] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)

    def note(self, name: str, failing: int) -> None:
        telemetry.job_failing.labels(name).set(failing)
        self.failing[name] = failing


def in_transaction(name: str, every: float, work: Step) -> Job:
    """Make a job of one transaction, once in `every` seconds of the service's clock, by whichever instance is first."""

    async def turn(tx: Transaction) -> None:
        if (await tx.execute(ONE_AT_A_TIME, {"name": name})).scalar_one() and await _due(tx, tx.now, name, every):
            await work(tx)
            await _note(tx, name)

    return Job(name, every, lambda database: database.transact(turn), due=True)


def repeatable(name: str, every: float, work: Callable[[Database], Awaitable[object]]) -> Job:
    """Make a job that asks others too, outside of a transaction; that two instances do it at once does no harm."""

    async def turn(database: Database) -> None:
        async with database.reading() as reading:
            due = await _due(reading, database.clock.now(), name, every)
        if due:
            await work(database)
            await database.transact(partial(_note, name=name))

    return Job(name, every, turn, due=True)


def for_each(
    name: str,
    every: float,
    find: Callable[[Reading, datetime], Awaitable[Sequence[T]]],
    work: OnSome[T],
    size: int = AT_ONCE,
) -> Job:
    """Make a job over many objects, due as one `in_transaction` is.

    What fails for one of them holds up none of the others.

    `find` names the objects, `work` does some of them in one transaction. Under its locks it looks again: another
    instance may have been first. While one fails the job is still due.
    """

    async def all_of_them(database: Database) -> None:
        async with database.reading() as reading:
            objects = await find(reading, database.clock.now())
        await each(database, name, objects, work, size)

    return repeatable(name, every, all_of_them)


async def _note(tx: Transaction, name: str) -> None:
    ran = insert(job_runs).values(name=name, ran_at=tx.now)
    await tx.execute(ran.on_conflict_do_update(index_elements=["name"], set_={"ran_at": tx.now}))


def in_steps(name: str, every: float, *steps: Step) -> Job:
    """Make a job of steps that do not need one another, each in a transaction of its own."""

    async def all_of_them(_: Reading, __: datetime) -> Sequence[Step]:
        return steps

    async def take(tx: Transaction, some: Sequence[Step]) -> None:
        for step in some:
            await step(tx)

    return for_each(name, every, all_of_them, take, size=1)


async def each(database: Database, name: str, objects: Sequence[T], work: OnSome[T], size: int = AT_ONCE) -> None:
    """Do `work` for the job `name`, so many objects a transaction; those of one that fails are halved, to the one.

    Raises ExceptionGroup at the end with all that failed, and at once when the database is away.
    """
    failures, limits = list[Exception](), replace(database.limits, lock=LOCK)
    left = deque(objects[start : start + size] for start in range(0, len(objects), size))
    while left:
        some = left.popleft()
        try:
            await database.transact(partial(_some, some, work), limits)
        except Exception as error:
            if db.away(error) and not db.held(error):
                raise
            if len(some) == 1:
                log.exception("job failed for one of many", job=name)
                failures.append(error)
            else:
                left.extendleft((some[len(some) // 2 :], some[: len(some) // 2]))
    if failures:
        raise ExceptionGroup("some failed, the others are done", failures)


async def _some(some: Sequence[T], work: OnSome[T], tx: Transaction) -> None:
    await work(tx, some)


async def _due(reading: Reading, now: datetime, name: str, every: float) -> bool:
    """A clock that was put back makes nobody wait."""
    ran_at = await reading.scalar(select(job_runs.c.ran_at).where(job_runs.c.name == name))
    return ran_at is None or not timedelta(0) <= now - ran_at < timedelta(seconds=every)


async def run(job: Job, database: Database, runs: Runs | None = None) -> None:
    """Run a job until it is cancelled; a failure is logged and counted, and the next turn tries again.

    `runs` remembers when a job that every instance does last succeeded; the others are stored.
    """
    runs, woken = runs or Runs(), database.woken[job.name]
    while not was_cancelled():
        woken.clear()
        telemetry.set_correlation("")  # each turn is a thread of its own
        seconds = job.every
        try:
            if await _turn(job, database, runs) is False:
                seconds = job.soon
        except Exception as error:
            telemetry.job_failures.labels(job.name).inc()
            runs.note(job.name, failing(error))
            if isinstance(error, KafkaError):
                log.warning("job waits for Kafka", job=job.name, error=telemetry.described(error))
            elif not db.away(error):
                log.exception("job failed", job=job.name)
        await _pause(woken, min(seconds, LOOK_EVERY) if job.due else seconds)


async def _turn(job: Job, database: Database, runs: Runs) -> object:
    with telemetry.timed(telemetry.job_seconds.labels(job.name)):
        answer = await job.work(database)
    if not job.due:
        runs.succeeded[job.name] = database.clock.now()
    runs.note(job.name, 0)
    return answer


async def _pause(woken: asyncio.Event, seconds: float) -> None:
    await pause(0)
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()


def failing(error: Exception) -> int:
    """Return with how many objects it failed; a row that somebody holds is waited for, not at fault."""
    failures = error.exceptions if isinstance(error, ExceptionGroup) else ()
    return sum(not db.held(failure) for failure in failures)


def late(jobs: Sequence[Job], runs: Runs, began: datetime, now: datetime) -> str:
    """Name jobs that have not succeeded for much longer than they should, or fail with some of their objects.

    One that never has succeeded is late since we `began`.
    """
    faults = []
    for job in jobs:
        last = runs.succeeded.get(job.name, began)
        if job.name in runs.succeeded:
            telemetry.job_succeeded.labels(job.name).set(last.timestamp())
        if (now - last).total_seconds() > FORGIVEN * job.every + GRACE:
            faults.append(f"«{job.name}» n'a pas réussi depuis le {last:%d/%m à %H:%M} (UTC)")
        if count := runs.failing.get(job.name, 0):
            faults.append(f"«{job.name}» échoue pour {count} de ses objets, fait les autres")
    return ", ".join(faults)
