"""Connections are few: many who ask at once wait in turn and are answered, and nobody waits for themselves."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from chassis.site import Site
from contracts.ids import BeneficiaryId
from tests.actors import MEDIATOR, asking
from tests.booking.browsing import visiting
from tests.booking.conftest import book, new_session
from tests.booking.events import TOMORROW
from tests.crowds import ANSWERS, Ask, answers, crowd, last_connection

FORMS: dict[str, dict[str, Any]] = {
    "/dossiers/{person}/reservations": {"session_id": "{free}"},
    "/dossiers/{person}/attente": {"session_id": "{free}"},
    "/emargement/{free}/inscrire": {"beneficiary_id": "{person}"},
    "/reservations/{seat}/annuler": {},
    "/reservations/{seat}/presence": {"attended": "true"},
}
API: dict[str, dict[str, Any]] = {
    "/api/booking/bookings": {"session_id": "{free}", "beneficiary_id": "{person}"},
    "/api/booking/waiting": {"session_id": "{free}", "beneficiary_id": "{person}"},
    "/api/booking/bookings/{seat}/cancel": {"reason": "à la demande de la personne"},
    "/api/booking/bookings/{seat}/attendance": {"attended": True},
}


async def ways(path: str, site: Site, app: FastAPI, person: BeneficiaryId) -> Ask:
    """How that is asked, with a session that has seats, and a seat of that person in another."""
    database = site.runtime.database
    free, other = await new_session(database), await new_session(database, starts=TOMORROW.replace(hour=20))
    known = {"person": person, "free": free, "seat": (await book(database, other, person)).id}
    fields = {
        name: value.format(**known) if isinstance(value, str) else value
        for name, value in ({**FORMS, **API})[path].items()
    }
    if path in API:
        client = asking(app, MEDIATOR)
        return lambda: client.post(path.format(**known), json=fields)
    browser = visiting(app)
    token = (await browser.get("/mediateur")).text.split('name="csrf_token" value="')[1].split('"')[0]

    async def press() -> httpx.Response:
        form = {"csrf_token": token, "idempotency_key": str(uuid4()), **fields}
        return await browser.post(path.format(**known), data=form, follow_redirects=False)

    return press


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("path", [*FORMS, *API])
async def test_core_01_two_hundred_at_once_are_all_answered(
    path: str, site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    assert await crowd(await ways(path, site, app, in_care[0])) <= ANSWERS


@pytest.mark.parametrize("path", [*FORMS, *API])
async def test_core_01_one_connection_is_enough(
    path: str, site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    ask = await ways(path, site, app, in_care[0])
    async with last_connection(site):
        assert (await ask()).status_code in ANSWERS


PAGES = ("/mediateur", "/api/booking/files")


@pytest.mark.parametrize("path", [*PAGES, *FORMS, *API])
async def test_core_01_four_hundred_for_whom_no_connection_comes_are_asked_to_come_again(
    path: str, site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    """A human sentence and when to try again, never a fault of ours; a moment later they are answered."""
    site.runtime.database.engine.sync_engine.pool._timeout = 0.2  # type: ignore[attr-defined]
    ask = (lambda: visiting(app).get(path)) if path in PAGES else await ways(path, site, app, in_care[0])
    async with last_connection(site, left=0):
        given = await answers(ask, 400)
    assert {(answer.status_code, answer.headers.get("Retry-After")) for answer in given} == {(503, "5")}
    assert all("réessayez dans un instant" in answer.text for answer in given)
    assert (await ask()).status_code in ANSWERS
