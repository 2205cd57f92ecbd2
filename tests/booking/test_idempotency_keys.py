"""What changes a booking counts once under its key, by form and by API, also when the second asking finds it done."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId
from services.booking import usecases
from services.booking.model import Booking
from tests.actors import MEDIATOR, asking
from tests.booking.browsing import text_of, visiting
from tests.booking.conftest import book, mark, new_session, over
from tests.booking.events import ME, TOMORROW

BODIES: Mapping[str, dict[str, Any] | None] = {
    "cancel": {"reason": "à la demande de la personne"},
    "accept": None,
    "decline": None,
    "attendance": {"attended": True},
    "give-back": {"reason": "la personne avait prévenu"},
}
FORMS = {
    "cancel": "annuler",
    "accept": "accepter",
    "decline": "refuser",
    "attendance": "presence",
    "give-back": "rendre",
}
ANSWERED = {
    "cancel": "La réservation est annulée.",
    "accept": "La place est réservée.",
    "decline": "La place est proposée à la personne suivante.",
    "attendance": "Présence notée.",
    "give-back": "Les chèques sont rendus.",
}
KINDS = pytest.mark.parametrize("action", BODIES)


@pytest.fixture
async def seat(site: Site, action: str, person: BeneficiaryId, offer: Booking) -> Booking:
    """Of someone in my care, ready for that."""
    database = site.runtime.database
    await database.transact(lambda tx: usecases.accept_file(tx, person, by=ME))
    if action in {"accept", "decline"}:
        return offer
    seats = [await book(database, await new_session(database, starts=TOMORROW), person)]
    if action == "attendance":
        await over(site, seats[0], minutes=5)
    if action == "give-back":
        await mark(database, seats[0], attended=False)
        seats.append(await book(database, await new_session(database, starts=TOMORROW + timedelta(hours=3)), person))
        await mark(database, seats[1], attended=False)
    return seats[-1]


async def changes(database: Database) -> int:
    """How many moves of vouchers there were, and events."""
    async with database.reading() as reading:
        counted = text("SELECT (SELECT count(*) FROM ledger) + (SELECT count(*) FROM outbox)")
        return int((await reading.execute(counted)).scalar_one())


@KINDS
async def test_core_03_a_change_counts_once_under_its_key_by_api(
    site: Site, app: FastAPI, action: str, seat: Booking
) -> None:
    path, body = f"/api/booking/bookings/{seat.id}/{action}", BODIES[action]
    async with asking(app, MEDIATOR, key=str(uuid4())) as client:
        first = await client.post(path, json=body)
        done = await changes(site.runtime.database)
        again = await client.post(path, json=body)
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await changes(site.runtime.database) == done
    async with asking(app, MEDIATOR) as client:
        assert (await client.post(path, json=body)).status_code == 409, "under another key it is another change"
        assert (await client.post(path, json=body, headers={"Idempotency-Key": ""})).status_code == 400


@KINDS
async def test_core_03_a_form_sent_twice_counts_once_and_says_so_both_times(
    site: Site, app: FastAPI, action: str, seat: Booking
) -> None:
    async with visiting(app) as browser:
        token = (await browser.get("/mediateur")).text.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"csrf_token": token, "idempotency_key": str(uuid4()), **(BODIES[action] or {})}
        path = f"/reservations/{seat.id}/{FORMS[action]}"
        first = await browser.post(path, data=form)
        done = await changes(site.runtime.database)
        again = await browser.post(path, data=form)
    assert (first.status_code, again.status_code, again.url) == (200, 200, first.url)
    assert all(ANSWERED[action] in text_of(page) for page in (first, again))
    assert await changes(site.runtime.database) == done
