"""Group commit: what is asked while a transaction runs is applied together by the next one.

Each request gets its own answer or refusal. If the transaction of several fails, each is tried alone, so that none
suffers for another. It is the shape of the intake: load what all of them touch, decide in order, flush once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from chassis import db
from chassis.db import Database, Transaction
from chassis.refusal import Refusal

Q = TypeVar("Q")
A = TypeVar("A")

MOST, FEW = 64, 4
GATHERS = 0.02  # seconds: those who follow a few that closely go together

Work = Callable[[Transaction, Sequence[Q]], Awaitable[Sequence[A | Refusal]]]


@dataclass(frozen=True)
class Waiting(Generic[Q, A]):
    """One request and where its answer goes."""

    request: Q
    answer: asyncio.Future[A] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

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
    transaction: its work decides before it changes.
    """

    def __init__(self, database: Database, work: Work[Q, A], most: int = MOST) -> None:
        self.database = database
        self.work = work
        self.most = most
        self._waiting: list[Waiting[Q, A]] = []
        self._running: asyncio.Task[None] | None = None

    async def ask(self, request: Q) -> A:
        """Raises the request's own refusal, or the fault that kept it from being applied."""
        asked: Waiting[Q, A] = Waiting(request)
        self._waiting.append(asked)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await asked.answer

    async def _run(self) -> None:
        """One transaction at a time, until nobody waits."""
        while self._waiting:
            together, self._waiting = self._waiting[: self.most], self._waiting[self.most :]
            try:
                await self._apply(together)
            except Exception as error:  # noqa: BLE001 - every fault belongs to those who asked
                await self._after(error, together)
            if len(together) <= FEW:
                await asyncio.sleep(GATHERS)

    async def _apply(self, together: Sequence[Waiting[Q, A]]) -> None:
        requests = [one.request for one in together]
        outcomes = await self.database.transact(lambda tx: self.work(tx, requests))
        for one, outcome in zip(together, outcomes, strict=True):
            one.settle(outcome)

    async def _after(self, error: Exception, together: Sequence[Waiting[Q, A]]) -> None:
        alone = len(together) == 1
        for one in together:
            if alone or db.away(error):
                one.settle(error)
                continue
            try:
                await self._apply([one])
            except Exception as own:  # noqa: BLE001 - as above
                one.settle(own)
