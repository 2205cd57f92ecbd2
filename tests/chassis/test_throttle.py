"""Who asks too often is asked to wait: by address, by account, over all instances; whom a stranger names is nobody."""

import hmac
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis import throttle
from chassis.db import Database
from chassis.site import Site
from chassis.throttle import Limit
from chassis.web import Principal
from chassis.web.throttle import GUESS, PUBLIC, SEARCH, SIGN_IN
from tests.actors import PRESCRIBER, SECRET, token_for
from tests.conftest import Created
from tests.sites import site_of

FEW = Limit("few", 3, 10)

Served = Callable[..., Any]


@pytest.fixture
async def served(migrated: Created) -> AsyncIterator[Served]:
    """`await served("booking", at_once=3, of=GUESS)`: one instance of it; a second call is another one."""
    sites: list[Site] = []

    async def serve(service: str, at_once: int, of: Limit, **more: Any) -> FastAPI:
        url = sites[0].runtime.database.url if sites else await migrated(service)
        sites.append(site_of(service, url, allowance=at_once / of.at_once, **more))
        return sites[-1].application()

    yield serve
    for site in sites:
        await site.runtime.database.close()


def asking(app: FastAPI, address: str = "192.0.2.1", **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers)


async def statuses(client: httpx.AsyncClient, path: str, times: int) -> list[int]:
    return [(await client.get(path)).status_code for _ in range(times)]


async def test_walls_19_so_many_at_once_then_one_each_time(database: Database) -> None:
    asker = [b"somebody"]
    early = [await database.transact(lambda tx: throttle.count(tx, asker, FEW, 1)) for _ in range(5)]
    assert early[:3] == [timedelta(0)] * 3
    assert all(timedelta(0) < one <= timedelta(seconds=10) for one in early[3:])
    async with database.reading() as reading:
        later = database.clock.now() + timedelta(seconds=11)
        assert await throttle.early(reading, asker, FEW, 1, later) == timedelta(0)


async def test_walls_19_another_is_not_slowed_and_nothing_stays(database: Database) -> None:
    for _ in range(4):
        await database.transact(lambda tx: throttle.count(tx, [b"somebody"], FEW, 1))
    assert await database.transact(lambda tx: throttle.count(tx, [b"other"], FEW, 1)) == timedelta(0)
    await database.transact(lambda tx: tx.execute(text("UPDATE throttle SET free_at = now() - interval '1 s'")))
    await database.transact(throttle.forget)
    async with database.reading() as reading:
        assert await reading.scalar(text("SELECT count(*) FROM throttle")) == 0


async def test_walls_19_wrong_codes_are_answered_with_a_sentence_and_when_to_come_again(served: Served) -> None:
    app = await served("booking", 3, GUESS)
    async with asking(app) as client:
        assert await statuses(client, "/r/0123456789ab", 4) == [404, 404, 404, 429]
        answer = await client.get("/r/0123456789ab")
    assert 0 < int(answer.headers["retry-after"]) <= 20
    assert "Trop de demandes en peu de temps. Attendez" in answer.text
    assert "Attendez un instant" in answer.text


async def test_walls_19_all_instances_count_together_and_addresses_apart(served: Served) -> None:
    first, second = await served("booking", 3, GUESS), await served("booking", 3, GUESS)
    async with asking(first) as client:
        assert await statuses(client, "/r/0123456789ab", 3) == [404] * 3
    async with asking(second) as client:
        assert await statuses(client, "/r/0123456789ab", 1) == [429]
    async with asking(second, "192.0.2.2") as client:
        assert await statuses(client, "/r/0123456789ab", 1) == [404]


async def test_walls_19_a_household_is_one_address_of_ipv6(served: Served) -> None:
    app = await served("booking", 1, GUESS)
    async with asking(app, "2001:db8::1") as client:
        assert await statuses(client, "/r/0123456789ab", 1) == [404]
    async with asking(app, "2001:db8::2") as client:
        assert await statuses(client, "/r/0123456789ab", 1) == [429]


@pytest.mark.parametrize(("gateways", "last"), [((), 429), (("192.0.2.0/24",), 404), (("198.51.100.7",), 429)])
async def test_walls_19_a_forwarded_address_is_believed_from_our_gateway_alone(
    served: Served, gateways: tuple[str, ...], last: int
) -> None:
    app = await served("booking", 2, GUESS, gateways=gateways)
    for number in (1, 2):
        async with asking(app, **{"X-Forwarded-For": f"203.0.113.{number}"}) as client:
            assert await statuses(client, "/r/0123456789ab", 1) == [404]
    async with asking(app, **{"X-Forwarded-For": "203.0.113.3"}) as client:
        assert await statuses(client, "/r/0123456789ab", 1) == [last]


async def test_walls_19_the_public_api_says_it_as_problem_details(served: Served) -> None:
    app = await served("catalogue", 3, PUBLIC)
    async with asking(app) as client:
        assert await statuses(client, "/api/catalogue/spaces", 1) == [200]
        await spend(app)
        answer, page = await client.get("/api/catalogue/spaces"), await client.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json")
    assert (answer.json()["type"], answer.json()["status"]) == ("urn:pass-numerique:probleme:too-often", 429)
    assert (page.status_code, "<h1>Attendez un instant</h1>" in page.text) == (429, True)


async def spend(app: FastAPI) -> None:
    """All that whoever has asked may ask for an hour."""
    database: Database = app.state.frame.database
    later = text("UPDATE throttle SET free_at = now() + interval '1 hour'")
    await database.transact(lambda tx: tx.execute(later))


async def test_walls_19_searches_are_counted_by_account(served: Served) -> None:
    """Of no centre in this database: whom the throttle lets pass is refused with another word."""
    app = await served("prescription", 9, SEARCH)

    async def searching(address: str, who: Principal) -> int:
        async with asking(app, address, Authorization=f"Bearer {token_for(who)}") as client:
            return (await client.get("/guichet?q=dupont")).status_code

    assert await searching("192.0.2.1", PRESCRIBER) == 403
    await spend(app)
    assert await searching("192.0.2.2", PRESCRIBER) == 429
    assert await searching("192.0.2.1", PRESCRIBER.model_copy(update={"subject": "another"})) == 403


async def test_walls_19_signing_in_is_counted_by_account_too(served: Served) -> None:
    app = await served("prescription", 2, SIGN_IN)
    for address, status in (("192.0.2.1", 404), ("192.0.2.2", 404), ("192.0.2.3", 429)):
        async with asking(app, address) as client:
            await client.get("/connexion")
            bound = f"{client.cookies['pn_form']}|".encode()
            form = {"subject": "karim", "csrf_token": hmac.digest(SECRET.encode(), bound, "sha256").hex()}
            answer = await client.post("/connexion", data=form)
            assert answer.status_code == status


async def test_walls_19_wrong_signatures_are_counted_and_right_ones_are_not(served: Served) -> None:
    app = await served("notifications", 2, GUESS)
    async with asking(app) as client:
        answers = [await client.post("/api/notifications/receipts/mail", content=b"") for _ in range(3)]
    assert [one.status_code for one in answers] == [401, 401, 429]


async def test_walls_19_control_without_the_guard_anybody_guesses_on(served: Served) -> None:
    app = await served("booking", 0, GUESS)
    async with asking(app) as client:
        assert await statuses(client, "/r/0123456789ab", 40) == [404] * 40
