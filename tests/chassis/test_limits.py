"""What a request may wait for is limited; consumers and jobs wait longer."""

from collections.abc import Awaitable

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.clock import Clock
from chassis.db import Database, Reading
from chassis.limits import Limits
from chassis.web import problems

ASKED = text("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")


async def limits_of(reading: Reading) -> tuple[str, str]:
    lock, statement = (await reading.execute(ASKED)).one()
    return lock, statement


async def test_core_02_requests_have_limits_and_work_has_its_own(database: Database) -> None:
    assert await database.transact(limits_of) == ("2500ms", "15s")
    assert await database.for_work().transact(limits_of) == ("15s", "0")
    assert await database.transact(limits_of, Limits(lock=0.02, statement=0)) == ("20ms", "0")
    async with database.reading() as request, database.for_work().reading() as job:
        assert (await limits_of(request), await limits_of(job)) == (("2500ms", "15s"), ("15s", "0"))
    assert await database.transact(limits_of) == ("2500ms", "15s")


@pytest.mark.parametrize("begun", ["reading", "transaction"])
async def test_core_02_a_statement_that_takes_too_long_is_a_refusal(database: Database, begun: str) -> None:
    hurried = Database(database.url, clock=Clock(), limits=Limits(lock=1, statement=0.1))
    app = FastAPI()
    problems.install(app)

    def slow(reading: Reading) -> Awaitable[object]:
        return reading.execute(text("SELECT pg_sleep(600)"))

    @app.get("/api/slow")
    async def ask() -> None:
        if begun == "transaction":
            await hurried.transact(slow)
        async with hurried.reading() as reading:
            await slow(reading)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        answer = await client.get("/api/slow")
    await hurried.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "réessayez dans un instant" in answer.json()["detail"]
