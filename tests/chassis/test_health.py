"""Answers from memory, and what makes them doubtful."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy import text

from chassis.bus import Bus
from chassis.db import Database
from chassis.figures import Figures
from chassis.health import STUCK_AFTER, Returns, Watch
from chassis.relay import Relay
from deploy.local.servers import free_ports
from tests.waiting import until


async def well() -> str:
    return ""


async def looked(look: Callable[[], Awaitable[str]]) -> str:
    """The verdict after one look."""
    watch = Watch("try", every=600, look=look, within=0.2)
    unseen = watch.reason
    task = asyncio.create_task(watch.run())

    async def answered() -> bool:
        return watch.reason != unseen

    await until(answered)
    task.cancel()
    return watch.verdict()


def test_core_17_what_was_not_looked_at_yet_is_a_fault() -> None:
    assert "pas encore regardé" in Watch("try", 1, well).verdict()


def test_core_17_a_watch_that_stopped_is_a_fault() -> None:
    watch = Watch("try", 1, well, reason="")
    assert watch.verdict() == ""
    watch.looked_at = time.monotonic() - 60
    assert "pas regardé depuis 60 s" in watch.verdict()


async def test_core_17_a_look_is_bounded_and_its_failure_is_a_fault() -> None:
    async def never() -> str:
        await asyncio.Event().wait()
        return ""

    async def fails() -> str:
        raise KeyError("of the program")

    assert await looked(well) == ""
    assert "pas de réponse" in await looked(never)
    assert "surveillance en échec (KeyError)" in await looked(fails)


@asynccontextmanager
async def silence() -> AsyncIterator[int]:
    """A port where somebody accepts and never says a word."""
    (port,) = free_ports(1)
    over = asyncio.Event()

    async def listens(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(listens, "127.0.0.1", port)
    yield port
    over.set()
    server.close()


async def test_core_17_a_database_that_accepts_and_says_nothing_is_away(bus: Bus) -> None:
    async with silence() as port:
        url = f"postgresql+asyncpg://nobody:none@127.0.0.1:{port}/nothing"
        assert await Figures(url, Relay(url, bus, "test")).look() == "base de données injoignable (TimeoutError)"


async def test_core_17_all_connections_at_good_work_are_no_fault(database: Database, bus: Bus) -> None:
    """The database is asked outside the pool; only connections that never come back are a fault."""
    returns = Returns(database.engine, 2 * database.engine.sync_engine.pool.size())  # type: ignore[attr-defined]
    figures = Figures(database.url, Relay(database.url, bus, "test"))

    async def answers() -> bool:
        return await figures.look() == ""

    async with AsyncExitStack() as taken:
        for _ in range(returns.connections):
            reading = await taken.enter_async_context(database.reading())
            await reading.execute(text("SELECT 1"))
        await until(answers)
        assert returns.verdict() == ""
        returns.at -= 2 * STUCK_AFTER
        assert "aucune n'est revenue" in returns.verdict()
    assert returns.verdict() == ""
    figures.close()
