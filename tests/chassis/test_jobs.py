"""A job is due by the service's clock, whichever instance does it and however often it is started again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import insert, text

from chassis.clock import Clock
from chassis.db import Database, Reading, Transaction
from chassis.periodic import Job, Runs, for_each, in_steps, in_transaction, late, run
from contracts.ids import uuid7
from tests.chassis.conftest import effects
from tests.chassis.test_batching import keys
from tests.waiting import until

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
        await in_transaction("try", DAY, work).work(database)
    assert work.runs == 3


async def test_core_20_what_failed_is_still_due(database: Database) -> None:
    work = Counted()
    work.fails = True
    with pytest.raises(OSError, match="not today"):
        await in_transaction("try", DAY, work).work(database)
    work.fails = False
    await in_transaction("try", DAY, work).work(database)
    assert work.runs == 1


async def test_core_20_a_clock_that_was_put_back_makes_nobody_wait(
    database: Database, moved: Callable[[float], None]
) -> None:
    work = Counted()
    for at in (30 * DAY, 0):
        moved(at)
        await in_transaction("try", DAY, work).work(database)
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

    assert late([Job("try", DAY, nothing)], Runs(ran), began=NOON - timedelta(hours=1), now=NOON) == said


class Many:
    """Numbers, each of which is to be written down once; those in `poison` can't be."""

    def __init__(self, database: Database, number: int, *poison: int) -> None:
        self.database, self.number, self.poison = database, number, {*poison}
        self.together: list[int] = []

    async def find(self, _: Reading, __: datetime) -> Sequence[int]:
        done = {*map(int, await keys(self.database))}
        return [one for one in range(self.number) if one not in done]

    async def write(self, tx: Transaction, some: Sequence[int]) -> None:
        self.together.append(len(some))
        for one in some:
            await tx.execute(insert(effects).values(key=str(one), offer_id=uuid7()))
            if one in self.poison:
                raise ZeroDivisionError

    def job(self, size: int = 8) -> Job:
        return for_each("try", DAY, self.find, self.write, size)


async def test_core_16_what_fails_for_one_object_is_done_for_all_others_and_stays_due(counted: Database) -> None:
    many = Many(counted, 20, 3, 17)
    with pytest.raises(ExceptionGroup) as failed:
        await many.job().work(counted)
    assert [type(one) for one in failed.value.exceptions] == [ZeroDivisionError] * 2
    assert sorted(map(int, await keys(counted))) == sorted({*range(20)} - {3, 17})
    many.poison.clear()
    await many.job().work(counted)
    assert len(await keys(counted)) == 20
    many.number = 21
    await many.job().work(counted)
    assert len(await keys(counted)) == 20, "it is not due"


async def test_core_16_without_each_for_itself_one_stops_all(counted: Database) -> None:
    """The control."""
    many = Many(counted, 20, 3)
    with pytest.raises(ZeroDivisionError):
        await in_transaction("try", DAY, lambda tx: many.write(tx, range(20))).work(counted)
    assert await keys(counted) == []


async def test_core_16_objects_of_which_none_fails_are_done_some_together(counted: Database) -> None:
    many = Many(counted, 20)
    await many.job().work(counted)
    assert many.together == [8, 8, 4]


async def test_core_16_a_step_that_fails_holds_up_none_that_does_not_need_it(counted: Database) -> None:
    many = Many(counted, 0, 1)
    steps = [partial(many.write, some=[number]) for number in range(3)]
    with pytest.raises(ExceptionGroup):
        await in_steps("try", DAY, *steps).work(counted)
    assert await keys(counted) == ["0", "2"]


@asynccontextmanager
async def running(job: Job, database: Database, runs: Runs) -> AsyncIterator[None]:
    task = asyncio.create_task(run(job, database, runs))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def gauge() -> float | None:
    return REGISTRY.get_sample_value("pass_job_failing_objects", {"job": "try"})


async def test_core_20_with_how_many_of_its_objects_a_job_fails_is_shown(counted: Database) -> None:
    many, runs, now = Many(counted, 5, 3, 4), Runs(), datetime.now(UTC)
    async with running(many.job(), counted, runs):
        await until(lambda: asyncio.sleep(0, runs.failing.get("try") == 2), "it has run")
    assert late([many.job()], runs, now, now) == "«try» échoue pour 2 de ses objets, fait les autres"
    assert gauge() == 2
    many.poison.clear()
    async with running(many.job(), counted, runs):
        await until(lambda: asyncio.sleep(0, runs.failing.get("try") == 0), "it has run again")
    assert (late([many.job()], runs, now, now), gauge()) == ("", 0)


async def test_core_20_a_row_that_somebody_holds_is_no_fault_and_stays_due(
    counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.periodic.LOCK", 0.02)
    runs = Runs()

    async def change(tx: Transaction, _: Sequence[int]) -> None:
        await tx.execute(text("UPDATE effects SET key = 'changed'"))

    many = Many(counted, 1)
    await counted.transact(lambda tx: many.write(tx, [0]))
    many.number = 2
    job = for_each("try", DAY, many.find, change)
    async with counted.engine.connect() as other:
        await other.execute(text("SELECT 1 FROM effects FOR UPDATE"))
        async with running(job, counted, runs):
            await until(lambda: asyncio.sleep(0, "try" in runs.failing), "it has run")
        await other.rollback()
    assert runs.failing == {"try": 0}
    await job.work(counted)
    assert await keys(counted) == ["changed"]


async def test_a_transaction_wakes_the_job_that_it_names_once_it_is_committed(database: Database) -> None:
    looked = list[bool]()

    async def look(_: Database) -> None:
        looked.append(True)

    async def wake(tx: Transaction, *, fails: bool) -> None:
        tx.wakes.add("try")
        if fails:
            raise ZeroDivisionError

    async with running(Job("try", DAY, look), database, Runs()):
        await until(lambda: asyncio.sleep(0, len(looked) == 1), "it has looked")
        with pytest.raises(ZeroDivisionError):
            await database.transact(partial(wake, fails=True))
        assert not database.woken["try"].is_set()
        await database.for_work().transact(partial(wake, fails=False))
        await until(lambda: asyncio.sleep(0, len(looked) == 2), "it looks again")


async def test_a_job_that_has_more_to_do_looks_again_soon(database: Database) -> None:
    looked = list[bool]()

    async def look(_: Database) -> bool:
        looked.append(True)
        return len(looked) == 3

    async with running(Job("try", DAY, look, soon=0.01), database, Runs()):
        await until(lambda: asyncio.sleep(0, len(looked) == 3), "it has looked three times")
