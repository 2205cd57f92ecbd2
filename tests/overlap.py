"""Two transactions at once, in an order that is known: by what the database shows, never by pauses."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import text

from chassis.db import Database, Transaction
from tests.interleaving import HOLDS
from tests.waiting import until

T = TypeVar("T")
Step = Callable[[Transaction], Awaitable[object]]

LOCKED_OUT = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def overlapping(database: Database, first: Step, second: Awaitable[T]) -> T:
    """The second begins when the first has done its work, which commits once the second waits for it, or is done."""
    done, go = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Transaction) -> None:
        await tx.execute(HOLDS)
        await first(tx)
        await tx.flush()
        done.set()
        await go.wait()

    ahead = asyncio.ensure_future(database.transact(slowly))
    await asyncio.wait({ahead, asyncio.ensure_future(done.wait())}, return_when=asyncio.FIRST_COMPLETED)
    behind = asyncio.ensure_future(second)

    async def met() -> bool:
        async with database.reading() as reading:
            return behind.done() or bool((await reading.execute(LOCKED_OUT)).scalar_one())

    await until(met, "the second waits for the first")
    go.set()
    _, answer = await asyncio.gather(ahead, behind)
    return answer
