"""What is done by POST counts once when it is asked twice under one key, or is on a list that says why not."""

import pytest
from fastapi import Depends, FastAPI

from chassis.web import Command, FormCommand, Transact
from tests.sites import SERVICES, below, dependency, routes, site_of

WITHOUT = {
    "/connexion": "changes nothing in the database",
    "/connexion/fonction": "the same",
    "/deconnexion": "the same",
    **{
        f"/{service}/etat/messages/{{parked_id}}/{act}": "a record that was settled waits no more"
        for service in SERVICES
        for act in ("rejouer", "ecarter")
    },
    "/import": "a list of places, taken in twice, is there once",
    "/api/catalogue/places": "the same",
    "/gestion/formations/apercu": "nothing is kept",
    "/mediateurs/{mediator_id}": "the whole form anew",
    "/habitants/{beneficiary_id}/modifier": "the same",
    "/habitants/{beneficiary_id}/effacer/tout-de-suite": "afterwards nobody may open the record to be answered again",
    "/api/prescription/beneficiaries/{beneficiary_id}/erasure/now": "the same",
    "/courriers/lot.pdf": "a reading, by POST for the length of its list",
    "/stop/{token}": "whoever has stopped has stopped; a mail program sends no key",
    "/api/notifications/receipts/sms": "a provider's own id is the key",
    "/api/notifications/receipts/brevo/{name}": "the same",
    "/api/notifications/receipts/mail": "the same",
    "/api/notifications/answers/sms": "whoever has stopped has stopped",
}
KEYED = {dependency(one) for one in (Command, FormCommand)}


def counting_twice(app: FastAPI) -> list[str]:
    return [
        route.path
        for route in routes(app)
        if "POST" in (route.methods or ())
        and route.path not in WITHOUT
        and not any(call in KEYED for _, call in below(route.dependant))
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_core_03_every_command_counts_once(service: str) -> None:
    assert counting_twice(site_of(service).application()) == []


def test_core_03_a_command_without_a_key_is_seen() -> None:
    app = FastAPI()
    for path, asked in {"/once": Command, "/form": FormCommand, "/twice": Transact}.items():
        app.add_api_route(path, lambda: None, methods=["POST"], dependencies=[Depends(dependency(asked))])
    assert counting_twice(app) == ["/twice"]


def test_the_list_names_no_route_that_is_gone() -> None:
    known = {route.path for service in SERVICES for route in routes(site_of(service).application())}
    assert {*WITHOUT} <= known
