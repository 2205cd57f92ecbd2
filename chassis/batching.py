"""Group commit: what is asked while a transaction runs is applied together by the next one.

Each request gets its own answer or refusal. If the transaction of several fails, each is tried alone, so that none
suffers for another; those whose rows another holds wait beside the others. It is the shape of the intake: load what all
of them touch, decide in order, flush once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from chassis import db, telemetry
from chassis.db import Database, Transaction
from chassis.health import STUCK_AFTER
from chassis.limits import Limits
from chassis.refusal import Refusal

Q = TypeVar("Q")
A = TypeVar("A")

MOST = 64
GATHERS = 0.02  # seconds at most, until those who were answered together have asked again
BRIEF, AT_ONCE = 0.5, 0.02  # seconds for a row that another holds: all together, each alone

Work = Callable[[Transaction, Sequence[Q]], Awaitable[Sequence[A | Refusal]]]


@dataclass(frozen=True)
class Waiting(Generic[Q, A]):
    """One request and where its answer goes."""

    request: Q
    answer: asyncio.Future[A] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    since: float = field(default_factory=time.monotonic)

    def settle(self, outcome: A | BaseException) -> None:
        """Give the answer, or raise the fault, where it is awaited; whoever asked may have gone meanwhile."""
        if self.answer.done():
            return
        if isinstance(outcome, BaseException):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class Batcher(Generic[Q, A]):
    """`work` is given requests in the order of their arrival and answers each, in that order.

    A request carries the correlation that its work publishes under. A refused request must leave nothing behind in the
    transaction: its work decides before it changes. What needs a row that another holds steps aside, so that the others
    go on, and waits for it there as long as the database's limits allow. `lock`: seconds that all wait together.
    """

    def __init__(self, database: Database, work: Work[Q, A], most: int = MOST, lock: float = BRIEF) -> None:
        self.database = database
        self.work = work
        self.most = most
        self.limits = replace(database.limits, lock=lock)
        longest = database.limits.lock
        self.blocked: Batcher[Q, A] | None = Batcher(database, work, most, longest) if lock < longest else None
        self._waiting: list[Waiting[Q, A]] = []
        self._batch: list[Waiting[Q, A]] = []
        self._wanted, self._enough = 0, asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        _batchers.add(self)

    async def ask(self, request: Q) -> A:
        """Raises the request's own refusal, or the fault that kept it from being applied."""
        asked: Waiting[Q, A] = Waiting(request)
        self.join(asked)
        return await asked.answer

    def oldest(self) -> float:
        """Return how many seconds the one who has waited longest has no answer; 0 when nobody waits."""
        now = time.monotonic()
        return max((now - each.since for each in (*self._batch, *self._waiting) if not each.answer.done()), default=0.0)

    def join(self, asked: Waiting[Q, A]) -> None:
        self._waiting.append(asked)
        if len(self._waiting) >= self._wanted:
            self._enough.set()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        """One transaction at a time, until nobody waits."""
        while self._waiting:
            self._batch, self._waiting = self._waiting[: self.most], self._waiting[self.most :]
            telemetry.set_correlation("")  # each request brings its own
            try:
                await self._apply(self._batch, self.limits)
            except Exception as error:  # noqa: BLE001 - every fault belongs to those who asked
                await self._after(error, self._batch)
                self._spread(error)
            await self._gather(len(self._batch))

    def _spread(self, error: Exception) -> None:
        """Who came while no connection was to be had hears of it too: waiting for one again, they would wait twice."""
        if db.unconnected(error):
            refused, self._waiting = self._waiting, []
            for waiting in refused:
                waiting.settle(error)

    async def _gather(self, answered: int) -> None:
        """Wait a moment until as many ask as were answered: a transaction costs far more than one more request in it.

        Who asked alone is followed by nobody, and the next one is not kept waiting.
        """
        if answered == 1:
            return
        self._wanted = answered
        self._enough.clear()
        if len(self._waiting) < answered:
            with suppress(TimeoutError):
                async with asyncio.timeout(GATHERS):
                    await self._enough.wait()

    async def _apply(self, batch: Sequence[Waiting[Q, A]], limits: Limits) -> None:
        requests = [waiting.request for waiting in batch]
        outcomes = await self.database.transact(lambda tx: self.work(tx, requests), limits)
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.settle(outcome)

    async def _after(self, error: Exception, batch: Sequence[Waiting[Q, A]]) -> None:
        """Each alone, for as long as the database answers; none waits for a row again."""
        for waiting in batch:
            if len(batch) > 1 and (db.held(error) or not db.away(error)):
                try:
                    await self._apply([waiting], replace(self.limits, lock=AT_ONCE))
                    continue
                except Exception as own:  # noqa: BLE001 - as above
                    error = own
            if self.blocked and db.held(error):
                self.blocked.join(waiting)
            else:
                waiting.settle(error)


_batchers: WeakSet[Batcher[Any, Any]] = WeakSet()


def longest_wait(database: Database) -> float:
    """Return the age in seconds of the oldest request that this database has not answered; it is a gauge too."""
    age = max((batcher.oldest() for batcher in _batchers if batcher.database.engine is database.engine), default=0.0)
    telemetry.batcher_oldest.set(age)
    return age


def verdict(database: Database) -> str:
    """Say what is wrong, for readiness: nothing lets a request wait so long but a transaction that does not end."""
    age = longest_wait(database)
    return f"une demande attend depuis {age:.0f} s" if age > STUCK_AFTER else ""
