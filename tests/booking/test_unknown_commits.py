"""When the connection goes at COMMIT, nobody knows whether it was done: we say so, and asking again is safe."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from fastapi import FastAPI

from chassis.site import Site
from contracts.ids import BeneficiaryId
from services.booking.app import create_site
from services.booking.settings import Settings
from tests.actors import MEDIATOR, asking
from tests.actors import settings_for as settings
from tests.booking.answers import use
from tests.booking.browsing import press, text_of, visiting
from tests.booking.conftest import new_session
from tests.proxy import Proxy, proxied

MAYBE = "Nous ne savons pas si c'est enregistré. Réessayez : rien ne sera fait deux fois."
REACHES = pytest.mark.parametrize("reaches", [True, False], ids=["after it was done", "before it was done"])


@pytest.fixture
async def proxy(site: Site) -> AsyncIterator[tuple[Proxy, FastAPI]]:
    """Another instance of the same service, whose way to the database can be cut."""
    async with proxied(site.runtime.database.url) as (proxy, url):
        other = create_site(settings(Settings, url))
        yield proxy, other.application()
        await other.runtime.database.close()


@REACHES
async def test_core_03_a_booking_whose_commit_is_not_answered_is_made_once(
    site: Site, proxy: tuple[Proxy, FastAPI], in_care: list[BeneficiaryId], *, reaches: bool
) -> None:
    cutting, app = proxy
    wish = {"session_id": str(await new_session(site.runtime.database)), "beneficiary_id": str(in_care[0])}
    async with asking(app, MEDIATOR, key=str(uuid4())) as client:
        cutting.cut_at(b"COMMIT", reaches=reaches)
        unknown = await client.post("/api/booking/bookings", json=wish)
        assert (unknown.status_code, unknown.json()["detail"], cutting.seen) == (503, MAYBE, 1)
        assert await use(site.runtime.database, in_care[0]) == ((4, 1, 0) if reaches else (5, 0, 0))
        again = await client.post("/api/booking/bookings", json=wish)
    assert (again.status_code, again.headers.get("Idempotency-Replayed")) == (201, "true" if reaches else None)
    assert await use(site.runtime.database, in_care[0]) == (4, 1, 0)


@REACHES
async def test_core_03_a_form_is_sent_again_by_one_button_and_counts_once(
    site: Site, proxy: tuple[Proxy, FastAPI], in_care: list[BeneficiaryId], *, reaches: bool
) -> None:
    cutting, app = proxy
    await new_session(site.runtime.database)
    async with visiting(app) as browser:
        file = await browser.get(f"/dossiers/{in_care[0]}")
        cutting.cut_at(b"COMMIT", reaches=reaches)
        unknown = await press(browser, file, "Réserver cette séance")
        assert (unknown.status_code, MAYBE in text_of(unknown)) == (503, True)
        assert "Rien n'a été" not in text_of(unknown)
        assert "réservée" in (await press(browser, unknown, "Réessayer")).text
    assert await use(site.runtime.database, in_care[0]) == (4, 1, 0)


async def test_core_03_what_is_lost_before_commit_was_not_recorded(
    site: Site, proxy: tuple[Proxy, FastAPI], in_care: list[BeneficiaryId]
) -> None:
    cutting, app = proxy
    wish = {"session_id": str(await new_session(site.runtime.database)), "beneficiary_id": str(in_care[0])}
    async with asking(app, MEDIATOR, key=str(uuid4())) as client:
        cutting.cut_at(b"INSERT INTO idempotency", reaches=True)
        lost = await client.post("/api/booking/bookings", json=wish)
        assert (lost.status_code, "Rien n'a été enregistré" in lost.json()["detail"]) == (503, True)
        assert await use(site.runtime.database, in_care[0]) == (5, 0, 0)
        assert (await client.post("/api/booking/bookings", json=wish)).status_code == 201
