"""Who has waited for an hour for more than 14 days is on the list of their centre."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from services.prescription.web import home
from tests.actors import ADMINISTRATOR
from tests.prescription.conftest import OTHER_PRESCRIBER, consume
from tests.prescription.steps import change, confirmed, prescribed, registered, rows, scalar, visiting


async def test_who_waits_for_more_than_14_days_is_on_the_list_of_their_centre(
    site: Site, app: FastAPI, database: Database
) -> None:
    waits, booked = (
        await registered(app),
        await registered(app, phone=None, channel="call", birth_date="1960-01-01", last_name="Martin"),
    )
    for person in (waits, booked):
        await prescribed(app, person)
    await change(database, "UPDATE books SET prescribed_at = now() - interval '15 days'")
    await consume(site, confirmed(booked, booked=datetime.now(UTC) - timedelta(days=3)))
    async with visiting(app) as browser:
        text = (await browser.get("/a-relancer")).text
        assert ("Dubœuf" in text, "Martin" in text, "15 jours" in text) == (True, False, True)
    async with visiting(app, OTHER_PRESCRIBER) as browser:
        assert "Personne n&#39;attend" in (await browser.get("/a-relancer")).text.replace(
            "Personne n'", "Personne n&#39;"
        )
    await change(database, "UPDATE books SET prescribed_at = now() - interval '13 days'")
    async with visiting(app, ADMINISTRATOR) as browser:
        assert "Dubœuf" not in (await browser.get("/a-relancer")).text
    read = await rows(database, "SELECT beneficiary_id, what, why FROM readings WHERE what <> 'book'")
    assert read == [(UUID(waits), "unbooked", "suivi par son centre")], "who is shown with a telephone has been read"


async def test_the_list_of_who_waits_is_cut_and_says_so(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for year in (1960, 1961):
        await prescribed(app, await registered(app, phone=None, channel="call", birth_date=f"{year}-01-01"))
    await change(database, "UPDATE books SET prescribed_at = now() - interval '15 days'")
    async with visiting(app) as browser:
        assert "Il y en a d'autres" not in (await browser.get("/a-relancer")).text
        await change(database, "DELETE FROM readings")
        monkeypatch.setattr(home, "AT_A_TIME", 1)
        assert "Il y en a d'autres" in (await browser.get("/a-relancer")).text
    assert await scalar(database, "SELECT count(*) FROM readings") == 1, "who is not shown was not read"
