"""What is done once in some hours is due by the day that the database remembers, not by how long a process lives."""

from collections.abc import Iterable

import pytest

from chassis.db import Database
from chassis.periodic import Job
from tests.sites import SERVICES, site_of

HOUR = 3600.0  # seconds


def loses_its_turn(jobs: Iterable[Job]) -> list[str]:
    """Name those that a process which is started again every day would never do."""
    return [job.name for job in jobs if job.every >= HOUR and not job.due]


@pytest.mark.parametrize("service", SERVICES)
def test_walls_14_no_retention_loses_its_turn_at_a_restart(service: str) -> None:
    jobs = [*site_of(service).runtime._jobs()]
    assert {"end the journal", "settled messages", "published messages", "withdraw from the bus"} <= {
        job.name for job in jobs
    }
    assert loses_its_turn(jobs) == []


def test_walls_14_a_job_that_only_sleeps_is_seen() -> None:
    async def forget(_: Database) -> None: ...

    assert loses_its_turn([Job("forget", 24 * HOUR, forget), Job("look", 60.0, forget)]) == ["forget"]
