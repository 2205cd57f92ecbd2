"""No route without a word, in its decorator, of whose object it is about: not only the role, but the right object."""

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI

from chassis.db import Reading
from chassis.web import Allowed, allowed, anybody, checked, own, own_keyed, own_listed, own_within, shared
from chassis.web.access import Whose
from contracts.ids import BeneficiaryId
from deploy.local.servers import ROOT
from tests.architecture.test_services import dependencies
from tests.sites import SERVICES, routes, site_of

PAGE = ROOT / "docs" / "access.md"
WHY = {"reason", "why", "raison", "motif", "note"}


def said(route: Any) -> Iterator[Whose]:
    """Of the decorator and its router, never of a parameter."""
    for one in route.dependencies:
        whose = one.dependency if isinstance(one.dependency, Whose) else getattr(one.dependency, "whose", None)
        if whose:
            yield whose


def without_owner(app: FastAPI) -> list[str]:
    """An administrator's alone is the administration's, as a whole; a public page that names nothing is everybody's."""
    found = []
    for route in routes(app):
        asked = [*dependencies(route.dependant)]
        walls = [one.roles for one in asked if isinstance(one, Allowed)]
        needs = {"administrator"} not in walls if walls else names_something(route)
        if needs and len([*said(route)]) != 1:
            found.append(f"{min(route.methods or ())} {route.path}")
    return found


def names_something(route: Any) -> bool:
    """In its address, or as a provider that calls us."""
    return "{" in route.path or getattr(route.endpoint, "signed", "") in {"body", "address"}


@pytest.mark.parametrize("service", SERVICES)
def test_walls_03_every_route_says_whose_object_it_is_about(service: str) -> None:
    assert without_owner(site_of(service).application()) == []


async def mine(reading: Reading, beneficiary_id: BeneficiaryId) -> None:
    del reading, beneficiary_id


def test_walls_03_a_route_that_does_not_say_so_is_seen() -> None:
    """Also one that hides its check in the type of a parameter, and one that says two things."""
    router = APIRouter(dependencies=[Depends(allowed("mediator"))])
    hidden = Annotated[None, Depends(checked(mine))]
    ways: dict[str, list[Any]] = {
        "own": [own(mine)], "within": [own_within(mine)], "listed": [own_listed(mine)], "shared": [shared("rien")],
        "nothing": [], "two": [own(mine), shared("rien")],
    }  # fmt: skip
    for name, asked in ways.items():
        router.add_api_route(f"/{name}/{{beneficiary_id}}", lambda: None, dependencies=asked)

    @router.get("/hidden/{beneficiary_id}")
    async def shown(beneficiary_id: BeneficiaryId, seen: hidden) -> None:
        del beneficiary_id, seen

    public = APIRouter(dependencies=[Depends(anybody)])
    for path, asked in {"/p/{code}": [], "/k/{code}": [own_keyed(mine)], "/": []}.items():
        public.add_api_route(path, lambda: None, dependencies=asked)
    app = FastAPI()
    app.include_router(router)
    app.include_router(public)
    unsaid = [f"GET /{name}/{{beneficiary_id}}" for name in ("nothing", "two", "hidden")]
    assert without_owner(app) == [*unsaid, "GET /p/{code}"]


def reasons_in_addresses(app: FastAPI) -> list[str]:
    return [
        f"{route.path} {one.name}" for route in routes(app) for one in route.dependant.query_params if one.name in WHY
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_walls_06_no_reason_is_asked_in_an_address(service: str) -> None:
    assert reasons_in_addresses(site_of(service).application()) == []


def test_walls_06_a_reason_in_an_address_is_seen() -> None:
    app = FastAPI()
    app.add_api_route("/people", lambda reason: reason)
    assert reasons_in_addresses(app) == ["/people reason"]


@pytest.mark.parametrize("service", SERVICES)
def test_walls_03_every_route_has_its_line_in_the_matrix_of_access(service: str) -> None:
    """python -m tests.access.matrix, which asks them all; tests/access compares with what they answer."""
    there = PAGE.read_text(encoding="utf-8").partition(f"## {service}\n")[2].partition("\n## ")[0]
    asked = [f"{method} {one.path}" for one in routes(site_of(service).application()) for method in one.methods or ()]
    assert [one for one in asked if not one.startswith("HEAD") and f"| {one} |" not in there] == []
