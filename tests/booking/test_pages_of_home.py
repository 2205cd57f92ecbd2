"""The mediator's home: whom to call first, and whose file waits for someone."""

import re
from datetime import timedelta
from functools import partial

from fastapi import FastAPI
from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from chassis.turns import A_PAGE
from contracts.ids import BeneficiaryId, SessionId
from services.booking import usecases
from tests.booking.browsing import order, press, text_of, visiting
from tests.booking.conftest import book, deliver, mark, new_people, new_session
from tests.booking.events import ME, TOMORROW, colleague, in_post, named, registered_in_crest, stated


async def test_who_waits_longest_comes_first_and_those_with_a_session_last(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    await book(site.runtime.database, await new_session(site.runtime.database), in_care[2])
    async with visiting(app) as browser:
        home = await browser.get("/mediateur")
    assert order(home, "Démo Jeanne D.", "Démo Odile D.", "Démo Marcel D.") == [
        "Démo Odile D.",
        "Démo Jeanne D.",
        "Démo Marcel D.",
    ]
    assert "2 personnes sans séance" in text_of(home)
    assert f'href="/dossiers/{in_care[1]}#seances"' in home.text


MANY = A_PAGE + 5


async def many_in_care(database: Database) -> list[BeneficiaryId]:
    people = await new_people(database, MANY)
    await deliver(database, *map(stated, people))
    for person in people:
        await database.transact(partial(usecases.accept_file, beneficiary_id=person, by=ME))
    return people


async def test_core_06_a_mediator_who_follows_many_sees_them_page_by_page(site: Site, app: FastAPI) -> None:
    database = site.runtime.database
    await deliver(database, *in_post())
    people = await many_in_care(database)
    async with visiting(app) as browser:
        pages = [await browser.get(path) for path in ("/mediateur", "/mediateur?page=2")]
    shown = [re.findall(r'<th scope="row"><a href="/dossiers/([^"]+)"', page.text) for page in pages]
    assert [len(page) for page in shown] == [A_PAGE, MANY - A_PAGE]
    assert sorted(shown[0] + shown[1]) == sorted(map(str, people))
    for number, page in enumerate(pages, 1):
        assert f"{MANY} personnes, page {number} sur 2." in text_of(page)
        assert f"{MANY} personnes sans séance" in text_of(page)


async def test_core_06_many_are_invited_page_by_page(site: Site, app: FastAPI) -> None:
    database = site.runtime.database
    await deliver(database, *in_post())
    people = await many_in_care(database)
    session = await new_session(database)
    async with visiting(app) as browser:
        pages = [await browser.get(f"/emargement/{session}/inscrire?page={number}") for number in (1, 2)]
    offered = [re.findall(r'name="beneficiary_id" value="([^"]+)"', page.text) for page in pages]
    assert [len(page) for page in offered] == [A_PAGE, MANY - A_PAGE]
    assert sorted(offered[0] + offered[1]) == sorted(map(str, people))


async def test_core_06_files_that_wait_for_others_are_shown_page_by_page(site: Site, app: FastAPI) -> None:
    database = site.runtime.database
    await deliver(database, *colleague())
    people = await new_people(database, MANY)
    await deliver(database, *in_post(), *map(stated, people))
    async with visiting(app) as browser:
        pages = [await browser.get(path) for path in ("/mediateur", "/mediateur?autres=2")]
    waiting = [re.findall(r'action="/dossiers/([^"]+)/reprendre"', page.text) for page in pages]
    assert [len(page) for page in waiting] == [A_PAGE, MANY - A_PAGE]
    assert sorted(waiting[0] + waiting[1]) == sorted(map(str, people))


async def test_a_past_session_that_nobody_marked_is_not_a_next_one(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    session = await new_session(database)
    await book(database, session, in_care[0])
    await five_days_back(site, session)
    async with visiting(app) as browser:
        home = text_of(await browser.get("/mediateur"))
    assert "3 personnes sans séance" in home
    assert "Présences à noter" in home


async def five_days_back(site: Site, session: SessionId) -> None:
    """The session and its bookings, as if they had been that long ago."""
    async with site.runtime.database.engine.begin() as connection:
        for table, key in (("sessions", "id"), ("bookings", "session_id")):
            back = f"UPDATE {table} SET starts_at = starts_at - interval '5 days', ends_at = ends_at - interval '5 days' WHERE {key} = :id"  # noqa: S608, E501 - two names of ours
            await connection.execute(text(back), {"id": session})


async def test_files_of_others_are_shown_without_a_name(site: Site, app: FastAPI) -> None:
    database = site.runtime.database
    await deliver(database, *colleague())
    (person,) = await new_people(database, 1)
    await deliver(database, named(person, "Démo Solange"), registered_in_crest(person), *in_post())
    async with visiting(app) as browser:
        home = await browser.get("/mediateur")
        assert "Solange" not in home.text
        assert "Autres dossiers qui attendent" in home.text
        assert order(home, "Autres dossiers", "Crest", "Gérer son exploitation agricole") == [
            "Autres dossiers",
            "Crest",
            "Gérer son exploitation agricole",
        ]
        assert "Démo Solange D." in (await press(browser, home, "Reprendre ce dossier")).text


async def test_rule_17_who_missed_twice_is_called_and_the_call_is_noted(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    for hours in (0, 2):
        session = await new_session(database, starts=TOMORROW + timedelta(hours=hours))
        await mark(database, await book(database, session, in_care[0]), attended=False)
    async with visiting(app) as browser:
        home = await browser.get("/mediateur")
        assert "1 à appeler" in text_of(home)
        assert "Absente plusieurs fois" in text_of(home)
        assert "0 à appeler" in text_of(await press(browser, home, "Appelée"))
