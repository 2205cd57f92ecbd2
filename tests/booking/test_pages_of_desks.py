"""The mediator's desk: whom to call first, and whose file waits for someone."""

from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy import text

from chassis.site import Site
from contracts.ids import BeneficiaryId, SessionId
from tests.booking.browsing import order, press, told, visiting
from tests.booking.conftest import book, mark, new_people, new_session
from tests.booking.conftest import told as hears
from tests.booking.events import TOMORROW, colleague, lives_in_crest, named, posted


async def test_who_waits_longest_comes_first_and_those_with_a_session_last(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    await book(site.assembly.database, await new_session(site.assembly.database), in_care[2])
    async with visiting(app) as browser:
        desk = await browser.get("/")
    assert order(desk, "Démo Jeanne D.", "Démo Odile D.", "Démo Marcel D.") == [
        "Démo Odile D.",
        "Démo Jeanne D.",
        "Démo Marcel D.",
    ]
    assert "2 personnes sans séance" in told(desk)
    assert f'href="/dossiers/{in_care[1]}#seances"' in desk.text


async def test_a_past_session_that_nobody_marked_is_not_a_next_one(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.assembly.database
    session = await new_session(database)
    await book(database, session, in_care[0])
    await five_days_back(site, session)
    async with visiting(app) as browser:
        desk = told(await browser.get("/"))
    assert "3 personnes sans séance" in desk
    assert "Présences à noter" in desk


async def five_days_back(site: Site, session: SessionId) -> None:
    """The session and its bookings, as if they had been that long ago."""
    async with site.assembly.database.engine.begin() as connection:
        for table, key in (("sessions", "id"), ("bookings", "session_id")):
            back = f"UPDATE {table} SET starts_at = starts_at - interval '5 days', ends_at = ends_at - interval '5 days' WHERE {key} = :id"  # noqa: S608, E501 - two names of ours
            await connection.execute(text(back), {"id": session})


async def test_files_of_others_are_shown_without_a_name(site: Site, app: FastAPI) -> None:
    database = site.assembly.database
    await hears(database, colleague())
    (person,) = await new_people(database, 1)
    await hears(database, named(person, "Démo Solange"), lives_in_crest(person), posted())
    async with visiting(app) as browser:
        desk = await browser.get("/")
        assert "Solange" not in desk.text
        assert "Autres dossiers qui attendent" in desk.text
        assert order(desk, "Autres dossiers", "Crest", "Gérer son exploitation agricole") == [
            "Autres dossiers",
            "Crest",
            "Gérer son exploitation agricole",
        ]
        assert "Démo Solange D." in (await press(browser, desk, "Reprendre ce dossier")).text


async def test_rule_17_who_missed_twice_is_called_and_the_call_is_noted(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.assembly.database
    for hours in (0, 2):
        session = await new_session(database, starts=TOMORROW + timedelta(hours=hours))
        await mark(database, await book(database, session, in_care[0]), attended=False)
    async with visiting(app) as browser:
        desk = await browser.get("/")
        assert "1 à appeler" in told(desk)
        assert "Absente plusieurs fois" in told(desk)
        assert "0 à appeler" in told(await press(browser, desk, "Appelée"))
