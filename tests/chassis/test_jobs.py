"""A job is due by the service's clock, whichever instance does it and however often it is started again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.clock import Clock
from chassis.db import Database, Transaction
from chassis.periodic import Job, alone, late

DAY = 24 * 3600.0
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Counted:
    """Counts its runs, and fails when it is told to."""

    def __init__(self) -> None:
        self.runs = 0
        self.fails = False

    async def __call__(self, _: Transaction) -> None:
        if self.fails:
            raise OSError("not today")
        self.runs += 1


@pytest.fixture
def moved(database: Database, tmp_path: Path) -> Callable[[float], None]:
    """Moves the service's clock by seconds."""
    file = tmp_path / "clock"
    database.clock = Clock(file)

    def by(seconds: float) -> None:
        file.write_text(str(seconds))
        database.clock = Clock(file)

    return by


async def test_core_20_a_restart_takes_no_turn_and_gives_none(
    database: Database, moved: Callable[[float], None]
) -> None:
    """Each look is of a new process: what it has done before is in the database only."""
    work = Counted()
    for at in (0, 60, DAY - 60, DAY + 60, DAY + 120, 3 * DAY):
        moved(at)
        await alone("try", DAY, work).work(database)
    assert work.runs == 3


async def test_core_20_what_failed_is_still_due(database: Database) -> None:
    work = Counted()
    work.fails = True
    with pytest.raises(OSError, match="not today"):
        await alone("try", DAY, work).work(database)
    work.fails = False
    await alone("try", DAY, work).work(database)
    assert work.runs == 1


async def test_core_20_a_clock_that_was_put_back_makes_nobody_wait(
    database: Database, moved: Callable[[float], None]
) -> None:
    work = Counted()
    for at in (30 * DAY, 0):
        moved(at)
        await alone("try", DAY, work).work(database)
    assert work.runs == 2


@pytest.mark.parametrize(
    ("ran", "said"),
    [
        ({"try": NOON - timedelta(hours=37)}, "«try» n'a pas réussi depuis le 27/02 à 23:00 (UTC)"),
        ({"try": NOON - timedelta(hours=35)}, ""),
        ({}, ""),
    ],
)
def test_core_20_a_job_that_does_not_succeed_for_long_is_a_fault(ran: dict[str, datetime], said: str) -> None:
    async def nothing(_: Database) -> None: ...

    assert late([Job("try", DAY, nothing)], ran, began=NOON - timedelta(hours=1), now=NOON) == said
