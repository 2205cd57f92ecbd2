"""How long a batcher waits for a row of another, and how long those who asked have waited."""

import time
from collections.abc import Sequence

from prometheus_client import REGISTRY
from sqlalchemy import text

from chassis.batching import Batcher, Waiting, longest_wait
from chassis.clock import Clock
from chassis.db import Database, Transaction
from tests.chassis.test_batching import Counted, Outcomes, ask


class Patient(Counted):
    """As that, and notes how long its transaction would wait for a row."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []

    async def __call__(self, tx: Transaction, requests: Sequence[str]) -> Outcomes:
        self.waits.append(str(await tx.scalar(text("SELECT current_setting('lock_timeout')"))))
        return await super().__call__(tx, requests)


async def test_core_02_all_wait_half_a_second_for_a_row_and_each_alone_hardly_at_all(counted: Database) -> None:
    """Beside the batcher they wait as long as the database lets them."""
    work = Patient()
    batcher = Batcher(counted, work)
    await ask(batcher, "a", "fault", "b")
    assert work.waits == ["500ms", *["20ms"] * 3]
    assert batcher.blocked
    assert batcher.blocked.limits == counted.limits
    assert batcher.blocked.blocked is None


async def test_core_02_a_batcher_is_as_old_as_its_oldest_request(counted: Database) -> None:
    batcher, now = Batcher(counted, Counted()), time.monotonic()
    batcher._waiting = [Waiting("a", since=now - 5), Waiting("b", since=now - 50), Waiting("c", since=now)]
    elsewhere = Batcher(Database(counted.url, clock=Clock()), Counted())
    elsewhere._waiting = [Waiting("d", since=now - 500)]
    assert 50 <= batcher.oldest() < 60
    assert 50 <= longest_wait(counted) < 60
    assert 50 <= (REGISTRY.get_sample_value("pass_lane_oldest_seconds") or 0) < 60
    batcher._waiting[1].settle("B")
    assert 5 <= batcher.oldest() < 15
