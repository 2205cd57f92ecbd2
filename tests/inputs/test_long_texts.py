"""A text is refused for its length on the server, wherever it stands, before anything is done with it."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from chassis.web import inputs
from tests.actors import PRESCRIBER, asking
from tests.inputs.asked import ROLES, Asker
from tests.inputs.awkward import Route, all_routes, filled
from tests.sites import SERVICES, site_of

LONG = "A" * 60_000
REFUSED = {422, 303}  # a form of a resident's leads back to its page, which refuses


def texts(app: FastAPI) -> Iterator[tuple[Route, str, str]]:
    for route in all_routes(app):
        for where, name in route.values:
            yield route, where, name


async def let_in(service: str) -> list[str]:
    """Where a long text gets past the frame: the database is away, so whatever does is no 422."""
    asker, found = Asker.of(site_of(service).application(), {}), []
    for route, where, name in texts(asker.app):
        given = filled(route, {})
        given.change(where, name, LONG)
        answer = await asker.ask(route, given, ROLES["administrator"])
        if answer.status_code not in REFUSED:
            found.append(f"{route.method} {route.path} {where} {name}: {answer.status_code}")
    return found


@pytest.mark.parametrize("service", SERVICES)
async def test_walls_01_a_text_of_60_000_letters_is_refused_wherever_it_stands(service: str) -> None:
    assert await let_in(service) == []


async def test_walls_01_without_the_bound_it_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control."""
    monkeypatch.setattr(inputs, "LONGEST_TEXT", len(LONG))
    assert "GET / query q: 422" not in (found := await let_in("prescription"))
    assert len(found) > 20


async def test_walls_01_a_search_of_60_000_letters_is_refused_at_once() -> None:
    async with asking(site_of("prescription").application(), PRESCRIBER) as client:
        assert (await client.get("/guichet", params={"q": LONG})).status_code == 422
