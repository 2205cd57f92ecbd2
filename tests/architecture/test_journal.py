"""No route changes something, or shows somebody, without saying what that is in the journal; or it is on a list that
says why not."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI

from chassis.db import Reading
from chassis.journal import Act
from chassis.web import Allowed, Command, FormCommand, Transact, allowed, anybody, own, shared, traced, traced_first
from chassis.web.acts import Traced, TracedFirst
from chassis.web.journal_pages import ACTS, SETTLED
from contracts.ids import BeneficiaryId
from tests.architecture.test_services import READS, dependencies
from tests.architecture.test_walls import said
from tests.sites import SERVICES, dependency, routes, site_of

WITHOUT = {
    "GET /connexion/prolonger": "somebody is at work, which says nothing of what they do",
    "POST /connexion": "nothing of the service's is changed",
    "POST /connexion/fonction": "the same",
    "POST /deconnexion": "the same",
    "POST /gestion/formations/apercu": "nothing is stored",
    "POST /api/notifications/receipts/sms": "a machine, which is no agent",
    "POST /api/notifications/receipts/mail": "the same",
    "POST /api/notifications/receipts/brevo/{name}": "the same",
    "POST /api/notifications/answers/sms": "the same",
    "GET /administration": "counts, no name",
    "GET /recherches": "counts of searches, by agent",
    "GET /effacements": "numbers and dates, no name",
    "GET /copies": "the same",
    "GET /habitants/{beneficiary_id}/copie": "which services have answered",
    "GET /centres": "centres",
    "GET /centres/{centre_id}": "the same",
    "GET /prescripteurs/{prescriber_id}": "an agent's name and centre",
    "GET /messages/agents": "agents' names and addresses",
    "GET /comptes": "agents' names and centres",
    "GET /comptes/nouveau": "an empty form",
    "GET /comptes/{account_id}": "an agent's name, address and centres",
    "GET /seances": "sessions, which are announced to all",
    "GET /seances/a-reprendre": "the same",
    "GET /gestion/espaces/nouveau": "an empty form",
    "GET /espaces/{space_id}/corriger": "a place",
    "GET /labels": "places",
    "GET /mediateurs": "mediators, who are announced to all",
    "GET /mediateurs/nouveau": "an empty form",
    "GET /mediateurs/{mediator_id}": "a mediator",
    "GET /gestion/formations": "trainings",
    "GET /gestion/formations/nouvelle": "an empty form",
    "GET /gestion/formations/{code}": "a training",
    "GET /import": "an empty form",
    "GET /import/{place_import_id}": "places",
    "GET /import/{place_import_id}/resultat.csv": "the same",
}
PASSED = {dependency(one) for one in (Command, FormCommand, Transact)}
"""Where every change passes, and leaves its line."""


def shows_somebody(route: Any, asked: list[object]) -> bool:
    """What is an administrator's alone, too."""
    alone = any(isinstance(one, Allowed) and one.roles == {"administrator"} for one in asked)
    return alone or any(whose.how not in {"shared", "keyed"} for whose in said(route))


def leaves_a_line(asked: list[object]) -> bool:
    """With what it does; or before it reads, but behind the wall of roles."""
    match [one for one in asked if isinstance(one, Traced)]:
        case [TracedFirst() as first]:
            return any(isinstance(one, Allowed) for one in asked[: asked.index(first)])
        case [_]:
            return bool(PASSED & {*asked})
        case _:
            return False


def without_line(app: FastAPI) -> Iterator[str]:
    for route in routes(app):
        asked = [*dependencies(route.dependant)]
        for method in (route.methods or set()) - {"HEAD"}:
            matters = method not in READS or shows_somebody(route, asked)
            if matters and f"{method} {route.path}" not in WITHOUT and not leaves_a_line(asked):
                yield f"{method} {route.path}"


@pytest.mark.parametrize("service", SERVICES)
def test_walls_10_every_route_that_matters_leaves_a_line(service: str) -> None:
    assert [*without_line(site_of(service).application())] == []


async def mine(reading: Reading, beneficiary_id: BeneficiaryId) -> None:
    del reading, beneficiary_id


BY_COMMAND = (SETTLED,)
ACT = Act("tried", "a essayé")
AN_AGENT = Depends(allowed("mediator"))
COMMAND, TRANSACTION = Depends(dependency(Command)), Depends(dependency(Transact))
WAYS: dict[str, tuple[str, list[Any]]] = {
    "command": ("POST", [AN_AGENT, traced(ACT), COMMAND]),
    "transaction": ("GET", [own(mine), traced(ACT), TRANSACTION]),
    "first": ("GET", [AN_AGENT, own(mine), traced_first(ACT)]),
    "shared": ("GET", [AN_AGENT, shared("rien")]),
    "no word": ("POST", [AN_AGENT, COMMAND]),
    "no command": ("POST", [AN_AGENT, traced(ACT)]),
    "resident": ("POST", [Depends(anybody), COMMAND]),
    "somebody": ("GET", [AN_AGENT, own(mine)]),
    "before the wall": ("GET", [traced_first(ACT), AN_AGENT, own(mine)]),
    "two": ("POST", [AN_AGENT, traced(ACT), traced(Act("other", "a fait autre chose")), COMMAND]),
    "administrator": ("GET", [Depends(allowed("administrator"))]),
}
SEEN = ("no word", "no command", "resident", "somebody", "before the wall", "two", "administrator")


def test_walls_10_a_route_that_leaves_none_is_seen() -> None:
    router = APIRouter()
    for name, (method, asked) in WAYS.items():
        router.add_api_route(f"/{name}/{{beneficiary_id}}", lambda: None, methods=[method], dependencies=asked)
    app = FastAPI()
    app.include_router(router)
    assert [*without_line(app)] == [f"{WAYS[name][0]} /{name}/{{beneficiary_id}}" for name in SEEN]


@pytest.mark.parametrize("service", SERVICES)
def test_walls_10_the_acts_of_a_service_are_those_of_its_routes(service: str) -> None:
    site = site_of(service)
    acts = [*ACTS, *site.journal.acts]
    used = {
        one.act.name
        for route in routes(site.application())
        for one in dependencies(route.dependant)
        if isinstance(one, Traced)
    }
    assert used | {act.name for act in BY_COMMAND} == {act.name for act in acts}
    assert len({act.name for act in acts}) == len(acts)


@pytest.mark.parametrize("service", SERVICES)
def test_walls_10_in_every_service_the_journal_has_an_end(service: str) -> None:
    assert "end the journal" in {job.name for job in site_of(service).runtime.declared.jobs}


def test_the_list_names_no_route_that_is_gone() -> None:
    known = {
        f"{method} {route.path}"
        for service in SERVICES
        for route in routes(site_of(service).application())
        for method in route.methods or ()
    }
    assert {*WITHOUT} <= known
