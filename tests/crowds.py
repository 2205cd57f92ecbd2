"""Many who ask at once, and the last connection of a pool."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx

from chassis.site import Site

AT_ONCE = 200
ANSWERS = {200, 201, 303, 409}  # the last who come may be refused by a rule: that is an answer too
Ask = Callable[[], Awaitable[httpx.Response]]


async def crowd(ask: Ask) -> set[int]:
    """Return the statuses of two hundred answers to the same question, asked at once."""
    return {answer.status_code for answer in await answers(ask, AT_ONCE)}


async def answers(ask: Ask, number: int) -> list[httpx.Response]:
    return await asyncio.gather(*(ask() for _ in range(number)))


@asynccontextmanager
async def last_connection(site: Site, left: int = 1) -> AsyncIterator[None]:
    """All others of the pool are taken."""
    taken = [await site.runtime.database.engine.connect() for _ in range(_size(site) - left)]
    yield
    for connection in taken:
        await connection.close()


def _size(site: Site) -> int:
    """With as many again that may overflow."""
    return 2 * site.runtime.declared.settings.database_pool
