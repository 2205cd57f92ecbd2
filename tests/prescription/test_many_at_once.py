"""Connections are few: many who prescribe at once wait in turn and are answered, and nobody waits for themselves."""

from uuid import uuid4

import pytest
from fastapi import FastAPI

from chassis.site import Site
from tests.actors import PRESCRIBER, asking
from tests.crowds import ANSWERS, Ask, crowd, last_connection
from tests.prescription.steps import registered, visiting

WAYS = ("form", "API")


async def prescribing(app: FastAPI, way: str) -> Ask:
    person = await registered(app)
    if way == "API":
        client = asking(app, PRESCRIBER)
        return lambda: client.post(f"/api/prescription/beneficiaries/{person}/books", json={"need": "farm"})
    browser = visiting(app)
    path = f"/habitants/{person}"
    token = (await browser.get(path)).text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "need": "farm"}
    return lambda: browser.post(f"{path}/chequiers", data={**form, "idempotency_key": str(uuid4())})


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("way", WAYS)
async def test_core_01_two_hundred_who_prescribe_at_once_are_all_answered(app: FastAPI, way: str) -> None:
    assert await crowd(await prescribing(app, way)) <= ANSWERS


@pytest.mark.parametrize("way", WAYS)
async def test_core_01_one_connection_is_enough_to_prescribe(site: Site, app: FastAPI, way: str) -> None:
    ask = await prescribing(app, way)
    async with last_connection(site):
        assert (await ask()).status_code in ANSWERS
