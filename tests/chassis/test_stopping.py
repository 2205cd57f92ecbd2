"""Work that is told to end ends, even when what it waits for loses the word."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

import pytest

from chassis import periodic, relay
from chassis.bus import Bus
from chassis.db import Database
from chassis.periodic import Job
from chassis.relay import Relay
from chassis.stopping import bounded
from tests.waiting import PATIENCE


class Deaf:
    """Loses the first word."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def __call__(self, *_: object) -> None:
        self.begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(600)


async def ends(work: Awaitable[None], deaf: Deaf) -> bool:
    task = asyncio.ensure_future(work)
    await asyncio.wait_for(deaf.begun.wait(), PATIENCE)
    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE)
    try:
        return task.done()
    finally:
        task.cancel()


async def test_a_relay_ends(database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = Deaf()
    monkeypatch.setattr(relay, "drain", deaf)
    assert await ends(Relay(database.url, bus, "test").run(), deaf)


async def test_a_job_ends(database: Database) -> None:
    deaf = Deaf()
    assert await ends(periodic.run(Job("deaf", 0.1, deaf), database), deaf)


async def test_core_17_a_job_that_lost_the_word_does_not_sleep_its_whole_period_first(database: Database) -> None:
    deaf = Deaf()
    assert await ends(periodic.run(Job("deaf", 24 * 3600, deaf), database), deaf)


async def test_core_17_a_step_that_hangs_at_the_end_is_left_behind() -> None:
    deaf = Deaf()
    await asyncio.wait_for(bounded("a deaf step", deaf(), 0.2), 30)
    assert deaf.begun.is_set()


async def test_core_17_a_step_that_fails_at_the_end_stops_nothing() -> None:
    async def fails() -> None:
        raise OSError("gone")

    await bounded("a step that fails", fails(), 30)
