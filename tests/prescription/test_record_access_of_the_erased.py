"""Rule 27: that a record was read, by whom and when, stays when its person is erased; for its own time."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from services.prescription import timed
from tests.prescription.conftest import OTHER_PRESCRIBER
from tests.prescription.erasure_steps import asked, digests_of, passed
from tests.prescription.steps import (
    change,
    erased,
    post,
    registered,
    rows,
    visiting,
)


async def test_walls_09_who_read_the_record_stays_without_the_name_for_its_own_time(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    why = await post(
        app, f"/api/prescription/beneficiaries/{person}/openings", {"reason": "pour Jeanne"}, who=OTHER_PRESCRIBER
    )
    assert why.status_code == 204
    async with visiting(app) as browser:
        await browser.get(f"/habitants/{person}")
    await asked(app, person)
    await passed(site, 7)
    digest = digests_of(site).of_id(UUID(person))
    assert await rows(database, "SELECT name, what, why, digest FROM past_readings ORDER BY id") == [
        ("Démo Paul", "opened", "raison effacée avec la fiche", digest),
        ("Démo Nadia", "page", "suivi par son centre", digest),
    ]


@pytest.mark.parametrize(("days", "left"), [(729, 1), (731, 0)])
async def test_walls_09_readings_are_forgotten_when_their_time_has_come(
    site: Site, app: FastAPI, database: Database, days: int, left: int
) -> None:
    person = await registered(app)
    async with visiting(app) as browser:
        await browser.get(f"/habitants/{person}")
    await erased(app, await registered(app, birth_date="1960-01-01", phone=None, channel="call"))
    for table in ("readings", "past_readings"):
        await change(database, f"UPDATE {table} SET at = at - cast(:d AS interval)", d=timedelta(days=days))  # noqa: S608
    settings: Any = site.runtime.declared.settings
    [job] = [job for job in timed.jobs(settings) if job.name == "forget readings"]
    await job.work(database)
    count = "SELECT (SELECT count(*) FROM readings), (SELECT count(*) FROM past_readings)"
    assert await rows(database, count) == [(left, left)]
