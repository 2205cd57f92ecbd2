"""Whoever holds a row for long stops those who need it, with a sentence, and nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, SessionId
from tests.actors import MEDIATOR, asking
from tests.booking.conftest import book, new_session
from tests.booking.events import TOMORROW
from tests.crowds import AT_ONCE
from tests.interleaving import HOLDS
from tests.waiting import PATIENCE

BUSY = "est en train de changer la même chose"


@asynccontextmanager
async def held(database: Database, table: str, row: UUID, column: str = "id") -> AsyncIterator[None]:
    """By somebody else, for as long as this is open."""
    async with database.engine.connect() as other, other.begin():
        await other.execute(HOLDS)
        await other.execute(text(f"SELECT 1 FROM {table} WHERE {column} = :row FOR UPDATE"), {"row": row})  # noqa: S608
        yield


async def wish(client: httpx.AsyncClient, session: SessionId, person: BeneficiaryId, key: str = "") -> httpx.Response:
    wanted = {"session_id": str(session), "beneficiary_id": str(person)}
    return await client.post("/api/booking/bookings", json=wanted, headers={"Idempotency-Key": key or str(uuid4())})


async def test_core_02_a_locked_session_stops_its_own_bookings_and_no_others(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    locked, free = await new_session(database), await new_session(database, starts=TOMORROW.replace(hour=20))
    async with asking(app, MEDIATOR) as client, asyncio.timeout(PATIENCE), held(database, "sessions", locked):
        stopped = asyncio.create_task(wish(client, locked, in_care[0], key="mine"))
        others = await asyncio.gather(*(wish(client, free, person) for person in in_care))
        assert [other.status_code for other in others] == [201] * len(in_care)
        answer = await stopped
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert BUSY in answer.json()["detail"]
    assert answer.json()["type"].endswith(":held-by-another")
    async with asking(app, MEDIATOR) as client:
        assert (await wish(client, locked, in_care[0], key="mine")).status_code == 201


async def test_core_02_two_hundred_for_a_locked_session_hold_up_nobody_else(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    locked, free = await new_session(database), await new_session(database, starts=TOMORROW.replace(hour=20))
    async with asking(app, MEDIATOR) as client, asyncio.timeout(PATIENCE), held(database, "sessions", locked):
        crowd = [asyncio.create_task(wish(client, locked, in_care[0])) for _ in range(AT_ONCE)]
        for person in in_care:
            assert (await wish(client, free, person)).status_code == 201
        assert {answer.status_code for answer in await asyncio.gather(*crowd)} == {503}


@pytest.mark.parametrize("action", ["cancel", "attendance", "decline"])
async def test_core_02_what_is_done_to_a_seat_of_a_locked_session_is_refused_not_failed(
    action: str, site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    seat = await book(database, await new_session(database), in_care[0])
    body = {"attendance": {"attended": True}, "cancel": {"reason": "à la demande de la personne"}}.get(action)
    async with asking(app, MEDIATOR) as client, asyncio.timeout(PATIENCE), held(database, "sessions", seat.session_id):
        answer = await client.post(f"/api/booking/bookings/{seat.id}/{action}", json=body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


async def test_core_02_a_locked_wallet_stops_its_own_person(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    session = await new_session(database)
    locked = in_care[0]
    mine = held(database, "wallets", locked, "beneficiary_id")
    async with asking(app, MEDIATOR) as client, asyncio.timeout(PATIENCE), mine:
        answers = await asyncio.gather(*(wish(client, session, person) for person in in_care))
    assert [answer.status_code for answer in answers] == [503, 201, 201]
