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
        """Whoever asked may have gone meanwhile."""
        if self.answer.done():
            return
        if isinstance(outcome, BaseException):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class Lane(Generic[Q, A]):
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
        self.aside: Lane[Q, A] | None = Lane(database, work, most, longest) if lock < longest else None
        self._waiting: list[Waiting[Q, A]] = []
        self._together: list[Waiting[Q, A]] = []
        self._wanted, self._enough = 0, asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        _lanes.add(self)

    async def ask(self, request: Q) -> A:
        """Raises the request's own refusal, or the fault that kept it from being applied."""
        asked: Waiting[Q, A] = Waiting(request)
        self.join(asked)
        return await asked.answer

    def oldest(self) -> float:
        """Return how many seconds the one who has waited longest has no answer; 0 when nobody waits."""
        now = time.monotonic()
        return max((now - one.since for one in (*self._together, *self._waiting) if not one.answer.done()), default=0.0)

    def join(self, asked: Waiting[Q, A]) -> None:
        self._waiting.append(asked)
        if len(self._waiting) >= self._wanted:
            self._enough.set()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        """One transaction at a time, until nobody waits."""
        while self._waiting:
            self._together, self._waiting = self._waiting[: self.most], self._waiting[self.most :]
            try:
                await self._apply(self._together, self.limits)
            except Exception as error:  # noqa: BLE001 - every fault belongs to those who asked
                await self._after(error, self._together)
                self._spread(error)
            await self._gather(len(self._together))

    def _spread(self, error: Exception) -> None:
        """Who came while no connection was to be had hears of it too: waiting for one again, they would wait twice."""
        if db.unconnected(error):
            refused, self._waiting = self._waiting, []
            for one in refused:
                one.settle(error)

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

    async def _apply(self, together: Sequence[Waiting[Q, A]], limits: Limits) -> None:
        requests = [one.request for one in together]
        outcomes = await self.database.transact(lambda tx: self.work(tx, requests), limits)
        for one, outcome in zip(together, outcomes, strict=True):
            one.settle(outcome)

    async def _after(self, error: Exception, together: Sequence[Waiting[Q, A]]) -> None:
        """Each alone, for as long as the database answers; none waits for a row again."""
        for one in together:
            if len(together) > 1 and (db.held(error) or not db.away(error)):
                try:
                    await self._apply([one], replace(self.limits, lock=AT_ONCE))
                    continue
                except Exception as own:  # noqa: BLE001 - as above
                    error = own
            if self.aside and db.held(error):
                self.aside.join(one)
            else:
                one.settle(error)


_lanes: WeakSet[Lane[Any, Any]] = WeakSet()


def longest_wait(database: Database) -> float:
    """Return the age in seconds of the oldest request that waits in a lane of this database; also kept as a gauge."""
    age = max((lane.oldest() for lane in _lanes if lane.database.engine is database.engine), default=0.0)
    telemetry.lane_oldest.set(age)
    return age


def verdict(database: Database) -> str:
    """Say what is wrong, for readiness: nothing lets a request wait so long but a transaction that does not end."""
    age = longest_wait(database)
    return f"une demande attend depuis {age:.0f} s" if age > STUCK_AFTER else ""
