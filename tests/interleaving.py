"""Transactions interleaved by hand: rows that somebody else holds are the barriers, no moment is guessed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import text

from chassis.db import Database, Transaction
from tests.waiting import until

T = TypeVar("T")

HOLDS = text("SET LOCAL idle_in_transaction_session_timeout = 0")
"""Whoever is a barrier stands as long as the test needs it, on a busy machine too."""
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@dataclass
class Counted:
    """A transaction that counts how often it is begun: more than once after a deadlock."""

    work: Callable[[Transaction], Awaitable[object]]
    begun: int = 0

    async def __call__(self, tx: Transaction) -> object:
        self.begun += 1
        return await self.work(tx)


@asynccontextmanager
async def held(database: Database, table: str, ids: Collection[UUID], key: str = "id") -> AsyncIterator[None]:
    """These rows are locked by somebody else until the block ends."""
    async with database.engine.connect() as connection:
        await connection.execute(HOLDS)
        query = f"SELECT 1 FROM {table} WHERE {key} = ANY(:ids) FOR UPDATE"  # noqa: S608 - our own tables
        assert len((await connection.execute(text(query), {"ids": [*ids]})).all()) == len(ids)
        yield
        await connection.rollback()


async def begun(database: Database, work: Awaitable[T], waiting: int) -> "asyncio.Task[T]":
    """It runs until it has come to a lock and `waiting` transactions wait with it, or until it is done."""
    task = asyncio.ensure_future(work)

    async def arrived() -> bool:
        async with database.reading() as reading:
            return task.done() or (await reading.execute(WAITING)).scalar_one() >= waiting

    await until(arrived, f"{waiting} transactions that wait for a lock")
    return task


@asynccontextmanager
async def uncommitted(database: Database, work: Callable[[Transaction], Awaitable[object]]) -> AsyncIterator[None]:
    """A transaction has done its work and is about to commit; it does when the block ends."""
    done, may_commit = asyncio.Event(), asyncio.Event()

    async def paused(tx: Transaction) -> None:
        await tx.execute(HOLDS)
        await work(tx)
        await tx.flush()
        done.set()
        await may_commit.wait()

    task = asyncio.create_task(database.transact(paused))
    task.add_done_callback(lambda _: done.set())
    await done.wait()
    try:
        yield
    finally:
        may_commit.set()
        await task
