"""Who finds no connection is told so within one wait, however many came before."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.batching import Batcher
from chassis.clock import Clock
from chassis.db import Database, Transaction
from chassis.limits import Limits
from tests.chassis.test_batching import Counted, ask

T = TypeVar("T")


class Small(Database):
    """With two connections; `tries` counts the transactions that were begun."""

    tries = 0

    async def transact(self, work: Callable[[Transaction], Awaitable[T]], limits: Limits | None = None) -> T:
        self.tries += 1
        return await super().transact(work, limits)


@pytest.fixture
async def small(counted: Database) -> AsyncIterator[Small]:
    small = Small(counted.url, clock=Clock(), pool_size=1)
    small.engine.sync_engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    yield small
    await small.close()


async def test_core_01_those_in_a_batch_wait_together_for_a_connection_that_does_not_come(small: Small) -> None:
    work = Counted()
    batcher = Batcher(small, work, most=2)
    async with small.engine.connect(), small.engine.connect():
        answers = await ask(batcher, *"abcdefg")
        assert [type(one) for one in answers] == [PoolTimeout] * 7
        assert small.tries == 1
    assert await ask(batcher, *"abcdefg") == [*"ABCDEFG"]
    assert sum(work.together) == 7
