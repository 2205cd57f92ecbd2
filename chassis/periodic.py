"""What happens because time passes: named jobs, each run in its own transaction by one instance at a time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import text

from chassis import db, telemetry
from chassis.db import Database, Transaction
from chassis.stopping import pause, told_to_end

log = structlog.get_logger("periodic")

ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(hashtext(:name))")


@dataclass(frozen=True)
class Job:
    """`work` is done every `every` seconds of real time; how long it took and how often it failed is counted."""

    name: str
    every: float
    work: Callable[[Database], Awaitable[object]]


def alone(name: str, every: float, work: Callable[[Transaction], Awaitable[object]]) -> Job:
    """A job in one transaction, skipped while another instance is at it."""

    async def locked(tx: Transaction) -> None:
        if (await tx.execute(ONE_AT_A_TIME, {"name": name})).scalar_one():
            await work(tx)

    return Job(name, every, lambda database: database.transact(locked))


async def run(job: Job, database: Database) -> None:
    """Until it is cancelled; a failure is logged and counted, and the next turn tries again."""
    while not told_to_end():
        telemetry.follow("")  # each turn is a thread of its own
        try:
            with telemetry.timed(telemetry.job_seconds.labels(job.name)):
                await job.work(database)
        except Exception as error:
            telemetry.job_failures.labels(job.name).inc()
            if not db.away(error):
                log.exception("job failed", job=job.name)
        await pause(job.every)
