"""Whether it was committed is known, or said to be unknown."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from chassis import db
from chassis.clock import Clock
from chassis.db import CommitUnknown, Database, Transaction
from chassis.web import problems
from contracts.ids import uuid7
from tests.chassis.conftest import effects
from tests.proxy import Proxy, proxied


@pytest.fixture
async def behind(counted: Database) -> AsyncIterator[tuple[Proxy, Database]]:
    async with proxied(counted.url) as (proxy, url):
        reached = Database(url, clock=Clock())
        yield proxy, reached
        await reached.close()


async def add(tx: Transaction) -> None:
    await tx.execute(insert(effects).values(key="a", offer_id=uuid7()))


async def count(database: Database) -> int:
    async with database.reading() as reading:
        return (await reading.execute(select(func.count()).select_from(effects))).scalar_one()


@pytest.mark.parametrize("reaches", [True, False])
async def test_core_03_a_connection_lost_at_commit_leaves_it_unknown(
    counted: Database, behind: tuple[Proxy, Database], *, reaches: bool
) -> None:
    proxy, database = behind
    proxy.cut_at(b"COMMIT", reaches=reaches)
    with pytest.raises(CommitUnknown) as unknown:
        await database.transact(add)
    assert db.away(unknown.value)
    assert await count(counted) == int(reaches)


async def test_core_03_a_connection_lost_before_commit_is_no_unknown(
    counted: Database, behind: tuple[Proxy, Database]
) -> None:
    proxy, database = behind
    proxy.cut_at(b"INSERT INTO effects", reaches=True)
    with pytest.raises(Exception) as lost:  # noqa: PT011 - which one is the driver's choice
        await database.transact(add)
    assert db.away(lost.value)
    assert not isinstance(lost.value, CommitUnknown)
    assert await count(counted) == 0


async def test_core_03_what_the_server_refuses_at_commit_is_known(counted: Database) -> None:
    async with counted.engine.begin() as connection:
        await connection.execute(
            text("ALTER TABLE effects ADD CONSTRAINT of UNIQUE (key) DEFERRABLE INITIALLY DEFERRED")
        )

    async def twice(tx: Transaction) -> None:
        await add(tx)
        await add(tx)

    with pytest.raises(IntegrityError):
        await counted.transact(twice)
    assert await count(counted) == 0


IDLE = "SET LOCAL idle_in_transaction_session_timeout = '50ms'"


@pytest.mark.parametrize("late", ["statement", "COMMIT"])
async def test_core_12_what_the_server_ended_because_nothing_came_may_be_tried_again(
    counted: Database, behind: tuple[Proxy, Database], late: str
) -> None:
    """What a process sends that was frozen inside its transaction comes too late; of a COMMIT nobody knows."""
    proxy, database = behind

    async def frozen(tx: Transaction) -> None:
        await tx.execute(text(IDLE))
        if late == "COMMIT":
            await add(tx)
        proxy.stall("up")
        if late == "statement":
            await add(tx)

    with pytest.raises(Exception) as ended:  # noqa: PT011 - which one is the driver's choice
        await database.transact(frozen)
    proxy.flow("up")
    assert db.away(ended.value)
    assert isinstance(ended.value, CommitUnknown) == (late == "COMMIT")
    assert await count(counted) == 0


SENTENCES = {"POST": "Regardez d'abord", "PUT": "rien ne sera fait deux fois"}


@pytest.mark.parametrize("method", SENTENCES)
async def test_core_03_who_has_no_key_is_told_to_look_first(behind: tuple[Proxy, Database], method: str) -> None:
    proxy, database = behind
    app = FastAPI()
    problems.install(app)

    @app.api_route("/api/added", methods=[method])
    async def added() -> None:
        await database.transact(add)

    proxy.cut_at(b"COMMIT", reaches=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        answer = await client.request(method, "/api/added")
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("Nous ne savons pas si c'est enregistré.")
    assert SENTENCES[method] in answer.json()["detail"]
