"""How an erasure is asked for in tests, withdrawn, and done when its day has come."""

from datetime import timedelta

import httpx
from fastapi import FastAPI

from chassis.site import Site
from chassis.web import Principal
from services.prescription import timed
from services.prescription.model import Digests
from services.prescription.settings import Settings
from tests.actors import PRESCRIBER, asking
from tests.prescription.steps import change, post

WISH = {"reason": "wish"}


async def asked(app: FastAPI, person: str, who: Principal = PRESCRIBER) -> httpx.Response:
    return await post(app, f"/api/prescription/beneficiaries/{person}/erasure", WISH, who=who)


async def withdrawn(app: FastAPI, person: str, who: Principal = PRESCRIBER) -> httpx.Response:
    async with asking(app, who) as client:
        return await client.delete(f"/api/prescription/beneficiaries/{person}/erasure")


async def opened(app: FastAPI, person: str, who: Principal) -> None:
    why = await post(app, f"/api/prescription/beneficiaries/{person}/openings", {"reason": "elle est là"}, who=who)
    assert why.status_code == 204


def digests_of(site: Site) -> Digests:
    settings = site.runtime.declared.settings
    assert isinstance(settings, Settings)
    return Digests.keyed(settings.erasure_secret)


async def passed(site: Site, days: float) -> None:
    """So many days later the job runs."""
    database = site.runtime.database
    await change(database, "UPDATE erasure_requests SET due_at = due_at - cast(:d AS interval)", d=timedelta(days=days))
    await change(database, "DELETE FROM job_runs")
    settings = site.runtime.declared.settings
    assert isinstance(settings, Settings)
    [job] = [job for job in timed.jobs(settings) if job.name == "erase who asked"]
    await job.work(database)
