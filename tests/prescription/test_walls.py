"""Searching finds the person in front of an agent; it does not list the county. Rule 27."""

import string
from html import unescape

import pytest
from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from services.prescription.app import create_site
from services.prescription.settings import Settings
from services.prescription.usecases import forget_searches
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking, settings_for
from tests.prescription.conftest import OTHER_PRESCRIBER, PERSON
from tests.prescription.steps import TYPED, change, registered, rows, sent, visiting

COUNTS = "SELECT subject, searches, others FROM searches ORDER BY subject"


async def searched(app: FastAPI, asked: str, who: object = PRESCRIBER) -> str:
    async with visiting(app, who) as browser:  # type: ignore[arg-type]
        return unescape((await browser.get("/guichet", params={"q": asked})).text)


async def test_walls_07_one_or_two_letters_list_nobody(app: FastAPI) -> None:
    person = await registered(app)
    for letters in (*string.ascii_lowercase, "du", "d u", "%_%"):
        page = await searched(app, letters)
        assert person not in page, letters
    assert "au moins trois lettres" in await searched(app, "du")
    assert person in await searched(app, "dub")


async def test_walls_07_of_another_centre_s_people_only_what_tells_two_apart_is_shown(app: FastAPI) -> None:
    await registered(app)
    mine, other = await searched(app, "duboeuf"), await searched(app, "duboeuf", OTHER_PRESCRIBER)
    assert ("Dubœuf" in mine, "02/03/1951" in mine, "Crest" in mine) == (True, True, True)
    shown = other.split("<main")[1].split("<h2 ")[1]
    assert ("Démo Jeanne D." in shown, "1951" in shown) == (True, True)
    assert [text for text in ("Dubœuf", "02/03", "Crest", "06 39") if text in shown] == []


async def test_walls_07_searches_are_counted_by_agent_and_day_and_an_administrator_is_told(
    site: Site,  # noqa: ARG001 - with its centres
    database: Database,
) -> None:
    url = database.url
    app = create_site(settings_for(Settings, url, searches_alarm=3, searches_most=5)).application()
    await registered(app)
    for _ in range(3):
        await searched(app, "duboeuf", OTHER_PRESCRIBER)
    await searched(app, "duboeuf")
    assert await rows(database, COUNTS) == [("nadia", 1, 0), ("paul", 3, 3)]
    assert "1 agent a beaucoup cherché aujourd'hui" in await searched(app, "", ADMINISTRATOR)
    assert "beaucoup cherché" not in await searched(app, "", OTHER_PRESCRIBER)
    async with visiting(app, ADMINISTRATOR) as browser:
        page = (await browser.get("/recherches")).text
    assert ("Démo Paul" in page, "Démo Nadia" in page) == (True, False)
    async with visiting(app, OTHER_PRESCRIBER) as browser:
        assert (await browser.get("/recherches")).status_code == 403
        answers = [(await browser.get("/guichet", params={"q": "duboeuf"})).status_code for _ in range(4)]
    assert answers == [200, 200, 429, 429]


async def test_walls_07_counts_of_searches_are_forgotten_in_their_time(app: FastAPI, database: Database) -> None:
    await searched(app, "duboeuf")
    after = Settings.model_fields["retain_readings"].default
    await database.transact(lambda tx: forget_searches(tx, after))
    assert len(await rows(database, COUNTS)) == 1
    await change(database, "UPDATE searches SET day = day - 732")
    await database.transact(lambda tx: forget_searches(tx, after))
    assert await rows(database, COUNTS) == []


ALIKE = {"first_name": "Démo Marc", "last_name": "Autre", "birth_date": "1970-01-01"}


@pytest.mark.parametrize("typed", [{**TYPED, **ALIKE}, TYPED], ids=["same telephone", "same name and birth date"])
async def test_walls_07_a_registration_shows_of_another_centre_s_people_what_a_search_shows(
    app: FastAPI, typed: dict[str, object]
) -> None:
    person = await registered(app)
    async with visiting(app, OTHER_PRESCRIBER) as browser:
        answer = await sent(browser, "/habitants/nouveau", "/habitants", **typed)
    alert = unescape(answer.text).split('role="alert"')[1].split("</div>")[0]
    assert (answer.status_code, person in alert) == (409, True)
    assert ("Démo Jeanne D." in alert, "1951" in alert) == (True, True)
    assert [text for text in ("Dubœuf", "mars 1951", "02/03", "Crest") if text in alert] == []


async def one_of_each_centre(database: Database) -> tuple[FastAPI, str]:
    """Register two people. The answer is the application, which lets search twice a day, and the other centre's."""
    app = create_site(settings_for(Settings, database.url, searches_alarm=3, searches_most=2)).application()
    await registered(app)
    return app, await registered(app, who=OTHER_PRESCRIBER, **ALIKE, phone="06 39 98 12 99")


async def test_walls_07_whoever_registers_to_see_who_has_a_telephone_is_counted_as_whoever_searches(
    site: Site,  # noqa: ARG001 - with its centres
    database: Database,
) -> None:
    app, theirs = await one_of_each_centre(database)
    form, record = {**TYPED, **ALIKE, "last_name": "Autrement"}, f"/habitants/{theirs}/modifier"
    async with visiting(app, OTHER_PRESCRIBER) as browser:
        tries = [await sent(browser, "/habitants/nouveau", "/habitants", **form)]
        tries += [await sent(browser, record, record, **form) for _ in range(2)]
    assert [answer.status_code for answer in tries] == [409, 409, 429]
    assert await rows(database, COUNTS) == [("paul", 2, 2)]


async def test_walls_07_who_asks_by_api_whether_somebody_is_registered_is_counted_too(
    site: Site,  # noqa: ARG001 - with its centres
    database: Database,
) -> None:
    app, theirs = await one_of_each_centre(database)
    wanted = {**PERSON, **ALIKE, "last_name": "Autrement"}
    async with asking(app, OTHER_PRESCRIBER) as client:
        tries = [await client.post("/api/prescription/beneficiaries", json=wanted)]
    for _ in range(2):
        async with asking(app, OTHER_PRESCRIBER) as client:
            tries.append(await client.put(f"/api/prescription/beneficiaries/{theirs}", json=wanted))
    assert [answer.status_code for answer in tries] == [409, 409, 429]
    assert await rows(database, COUNTS) == [("paul", 2, 2)]
