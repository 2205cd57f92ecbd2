"""Every route that changes something is called on a service with a little of everything in it: its line is there."""

from collections.abc import Collection, Iterator, Mapping
from itertools import product

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from chassis.db import Database
from chassis.journal import journal
from chassis.web import Principal
from chassis.web.acts import Traced, TracedFirst
from tests.architecture.test_services import dependencies
from tests.conftest import Created
from tests.inputs.asked import ROLES, Asker
from tests.inputs.awkward import Filled, Known, Route, all_routes, filled
from tests.inputs.seeds import known_ids, seeded
from tests.sites import SERVICES, routes

REFUSED = 400
NOTHING_DONE = ("refused", "303 without a line")  # a resident is told why not by their own page
PARKED = {
    service: [f"POST /{service}/etat/messages/{{parked_id}}/{act}" for act in ("rejouer", "ecarter")]
    for service in SERVICES
}
STUBBORN: Mapping[str, set[str]] = {
    "prescription": {
        "POST /api/prescription/beneficiaries",
        "POST /api/prescription/claims",
        "PUT /api/prescription/beneficiaries/{beneficiary_id}",
        "POST /api/prescription/beneficiaries/{beneficiary_id}/claims",
        "POST /api/prescription/merges",
        "POST /api/prescription/beneficiaries/{beneficiary_id}/books",
        "POST /api/prescription/books/{book_id}/corrections",
        "POST /comptes",
        "POST /comptes/{account_id}",
        "POST /comptes/{account_id}/inviter",
        "POST /habitants",
        "POST /habitants/{beneficiary_id}/decision",
        "POST /habitants/{beneficiary_id}/chequiers",
        "POST /chequiers/{book_id}/corriger",
        "POST /doublons/reunir",
        "GET /habitants/{beneficiary_id}/copie.pdf",  # no service has answered there
        "GET /habitants/{beneficiary_id}/copie.json",
        *PARKED["prescription"],
    },
    "catalogue": {
        "POST /api/catalogue/places",
        "POST /api/catalogue/places/doubles",
        "PUT /api/catalogue/trainings/{code}",
        "PUT /api/catalogue/sessions/{session_id}",
        "POST /seances",
        "POST /seances/{session_id}",
        "POST /gestion/espaces",
        "POST /espaces/{space_id}/corriger",
        "POST /gestion/formations",
        "POST /import",
        "POST /import/doublons",
        *PARKED["catalogue"],
    },
    "booking": {
        "POST /api/booking/files/{beneficiary_id}/hand-over",
        "PUT /api/booking/files/{beneficiary_id}/plan",
        "POST /api/booking/waiting",
        "POST /api/booking/bookings/{booking_id}/accept",
        "POST /api/booking/bookings/{booking_id}/decline",
        "POST /api/booking/bookings/{booking_id}/attendance",
        "POST /api/booking/bookings/{booking_id}/give-back",
        "POST /dossiers/{beneficiary_id}/transmettre",
        "POST /dossiers/{beneficiary_id}/attente",
        "POST /reservations/{booking_id}/accepter",
        "POST /reservations/{booking_id}/refuser",
        "POST /reservations/{booking_id}/presence",
        "POST /emargement/{session_id}/tous-presents",
        "POST /reservations/{booking_id}/rendre",
        "POST /r/{link}/annuler",
        "POST /r/{link}/accepter",
        "POST /r/{link}/refuser",
        *PARKED["booking"],
    },
    "notifications": {
        "POST /api/notifications/notices/{notice_id}/call",
        "POST /api/notifications/notices/{notice_id}/done",
        "POST /reponses/{reply_id}/lue",
        "POST /reponses/{reply_id}/stop",
        "POST /messages/{notice_id}/appel",
        "POST /messages/{notice_id}/fait",
        "POST /fournisseurs/{name}/retablir",
        "POST /fournisseurs/{name}/budget",
        "POST /stop/{token}",
        *PARKED["notifications"],
    },
}
"""What these values do not reach: they need a session that is over, an offer, a file, two records of one person."""


def acts_of(app: FastAPI) -> dict[str, Traced]:
    """By method and path."""
    return {
        f"{method} {route.path}": mark
        for route in routes(app)
        for method in route.methods or ()
        for mark in dependencies(route.dependant)
        if isinstance(mark, Traced)
    }


def in_other_orders(known: Known) -> Iterator[Known]:
    """Another of each kind first, and each session with each of the others: who has a seat in one gets no second."""
    for place, session in product(range(3), repeat=2):
        first = {name: place + session if name == "session_id" else place for name in known}
        yield {name: [*ids[first[name] :], *ids[: first[name]]] for name, ids in known.items()}


async def lines_of(database: Database, mark: Traced, who: Principal) -> int:
    async with database.reading() as reading:
        mine = select(func.count()).select_from(journal).where(journal.c.act == mark.act.name)
        return int(await reading.scalar(mine.where(journal.c.agent.in_((who.subject, "")))) or 0)


def fillings(route: Route, known: Known) -> list[Filled]:
    """Each that differs from those before it."""
    different: list[Filled] = []
    for ids in in_other_orders(known):
        given = filled(route, ids)
        given.query = {name: value for name, value in given.query.items() if name.endswith("_id")}
        if given not in different:
            different.append(given)
    return different


async def tried(asker: Asker, database: Database, route: Route, mark: Traced) -> str:
    """«done» once it was done and left its line; else what went wrong."""
    outcome = "refused"
    for given in fillings(route, await known_ids(database)):
        for who in ROLES.values():
            before = await lines_of(database, mark, who)
            answer = await asker.ask(route, given, who)
            more = await lines_of(database, mark, who) - before
            if answer.status_code < REFUSED and more:
                return "done"
            if answer.status_code < REFUSED:
                outcome = f"{answer.status_code} without a line"
            if more and not isinstance(mark, TracedFirst):
                return f"{answer.status_code} with a line"
    return outcome


async def all_tried(service: str, url: str, order: int, done: Collection[str] = ()) -> dict[str, str]:
    """Of those not yet done, one after the other in that order or in the opposite one: what the first has changed may
    stop the last.
    """
    site = await seeded(service, url)
    database, app = site.runtime.database, site.application()
    asker, marks, outcomes = Asker.of(app, {}), acts_of(app), {}
    for route in [*all_routes(app)][::order]:
        name = f"{route.method} {route.path}"
        if name in {*marks} - {*done}:
            outcomes[name] = await tried(asker, database, route, marks[name])
    await asker.client.aclose()
    await database.close()
    return outcomes


@pytest.mark.parametrize("service", SERVICES)
async def test_walls_10_what_every_route_does_is_in_the_journal(service: str, migrated: Created) -> None:
    first = await all_tried(service, await migrated(service), 1)
    done = [name for name, outcome in first.items() if outcome == "done"]
    last = await all_tried(service, await migrated(service), -1, done)
    left = {name: outcome for name, outcome in last.items() if outcome != "done"}
    assert {name: outcome for name, outcome in left.items() if outcome not in NOTHING_DONE} == {}
    assert {*left} <= STUBBORN[service]
