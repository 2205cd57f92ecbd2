"""How long a lane waits for a row of another, and how long those who asked have waited."""

import time
from collections.abc import Sequence

from prometheus_client import REGISTRY
from sqlalchemy import text

from chassis.clock import Clock
from chassis.db import Database, Transaction
from chassis.lanes import Lane, Waiting, longest_wait
from tests.chassis.test_lanes import Counted, Outcomes, ask


class Patient(Counted):
    """As that, and notes how long its transaction would wait for a row."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []

    async def __call__(self, tx: Transaction, requests: Sequence[str]) -> Outcomes:
        self.waits.append(str(await tx.scalar(text("SELECT current_setting('lock_timeout')"))))
        return await super().__call__(tx, requests)


async def test_core_02_all_wait_half_a_second_for_a_row_and_each_alone_hardly_at_all(counted: Database) -> None:
    """Beside the lane they wait as long as the database lets them."""
    work = Patient()
    lane = Lane(counted, work)
    await ask(lane, "a", "fault", "b")
    assert work.waits == ["500ms", *["20ms"] * 3]
    assert lane.aside
    assert lane.aside.limits == counted.limits
    assert lane.aside.aside is None


async def test_core_02_a_lane_is_as_old_as_its_oldest_request(counted: Database) -> None:
    lane, now = Lane(counted, Counted()), time.monotonic()
    lane._waiting = [Waiting("a", since=now - 5), Waiting("b", since=now - 50), Waiting("c", since=now)]
    elsewhere = Lane(Database(counted.url, clock=Clock()), Counted())
    elsewhere._waiting = [Waiting("d", since=now - 500)]
    assert 50 <= lane.oldest() < 60
    assert 50 <= longest_wait(counted) < 60
    assert 50 <= (REGISTRY.get_sample_value("pass_lane_oldest_seconds") or 0) < 60
    lane._waiting[1].settle("B")
    assert 5 <= lane.oldest() < 15
