"""Controls: a check that is missing, wherever it was, is seen in what the routes answer."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import Depends, FastAPI, Request
from sqlalchemy import text, true

from chassis.web import Allowed, Transact, allowed, own, own_within
from contracts.ids import BeneficiaryId
from services.booking import usecases
from services.booking.access import in_care
from services.booking.model import File
from services.catalogue.model import Author
from services.notifications.queries import access as notifications_access
from services.prescription.model import Agent
from tests.access.conftest import Worlds
from tests.access.declared import Declared
from tests.sites import routes

OWNED = ("checked", "within")


def nothing(*_: object) -> None:
    """No check."""


CHECKS: dict[str, tuple[object, str, Callable[..., Any]]] = {
    "prescription": (Agent, "follows", lambda *_: True),
    "catalogue": (Author, "check", nothing),
    "booking": (File, "check_followed_by", nothing),
    "notifications": (notifications_access, "_of_centre", lambda *_: true()),
}
"""What all checks of that service stand on."""


@pytest.mark.parametrize("service", CHECKS)
async def test_walls_03_a_check_of_whose_it_is_that_falls_is_seen_in_the_matrix(
    service: str, worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, measuring = await worlds(service)
    monkeypatch.setattr(*CHECKS[service])
    lines = [line async for line in measuring.lines(how=OWNED)]
    seen = [line.name for line in lines if line.wrong()]
    assert len(seen) > len(lines) / 2, [line.name for line in lines if not line.wrong()]


async def test_walls_03_a_wall_of_roles_that_falls_is_seen_in_the_matrix(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def anybody(self: Allowed, request: Request) -> None:
        del self, request

    _, measuring = await worlds("catalogue")
    monkeypatch.setattr(Allowed, "__call__", anybody)
    assert [line async for line in measuring.lines(how=("shared",)) if line.wrong()] != []


Route = Callable[[BeneficiaryId, Transact], Awaitable[None]]
FORGETS = "UPDATE files SET level = 'avancé' WHERE beneficiary_id = :id"


async def unchecked(beneficiary_id: BeneficiaryId, transact: Transact) -> None:
    """As somebody would write it who believes that another looks."""
    await transact(lambda tx: tx.execute(text(FORGETS), {"id": beneficiary_id}))


async def about_something_new(thing_id: BeneficiaryId, transact: Transact) -> None:
    await unchecked(thing_id, transact)


@pytest.mark.parametrize(
    ("path", "endpoint", "asked", "seen"),
    [
        ("/new/{beneficiary_id}", unchecked, own_within(usecases.note_needs), ["mediator: oui / oui"]),
        ("/new/{thing_id}", about_something_new, own_within(usecases.note_needs), ["mediator: rien / rien"]),
        ("/new/{beneficiary_id}", unchecked, own(in_care), []),
    ],
    ids=["says so and does not", "is about what nobody has", "checks"],
)
async def test_walls_03_a_new_route_that_only_says_whose_it_is_is_seen(
    worlds: Worlds, path: str, endpoint: Route, asked: Any, seen: list[str]
) -> None:
    app, measuring = await worlds("booking")
    added(app, path, endpoint, asked)
    (line,) = [line async for line in measuring.lines(path=path)]
    assert line.wrong() == [f"POST {path}, {one}" for one in seen]


def added(app: FastAPI, path: str, endpoint: Route, asked: Any) -> None:
    app.add_api_route(path, endpoint, methods=["POST"], dependencies=[Depends(allowed("mediator")), asked])
    assert path in {route.path for route in routes(app) if Declared.of(route).how}
