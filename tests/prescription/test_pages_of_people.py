"""Pages of a person, and the search that finds them."""

import pytest
from fastapi import FastAPI

from chassis.site import Site
from contracts.booking import BookingCancelled
from contracts.words import Actor
from tests.actors import ADMINISTRATOR
from tests.prescription.conftest import consume
from tests.prescription.steps import confirmed, prescribed, registered, sent, use, visiting, wallet


async def test_a_typing_error_still_finds_the_person(app: FastAPI) -> None:
    await registered(app)
    async with visiting(app) as browser:
        for asked in ("duboeuf", "Dubeuf jeane", "Jeanne Duboeuf", "06 39 98 12 34", "+33639981234"):
            assert "Dubœuf" in (await browser.get("/guichet", params={"q": asked})).text, asked
        assert "Personne de ce nom" in (await browser.get("/guichet", params={"q": "Xylophone"})).text


@pytest.mark.parametrize("typed", [".", "。 -"])
async def test_a_search_without_letters_finds_nobody_and_says_how_to_search(app: FastAPI, typed: str) -> None:
    await registered(app)
    async with visiting(app) as browser:
        text = (await browser.get("/guichet", params={"q": typed})).text
    assert ("Dubœuf" in text, "en lettres latines" in text) == (False, True)


async def test_the_next_session_and_the_hours_are_on_the_persons_page(site: Site, app: FastAPI) -> None:
    person = await registered(app)
    book = await prescribed(app, person)
    booking = confirmed(person)
    await consume(site, booking, wallet(person, 1, use(book["id"], available=3, held=1, consumed=1)))
    async with visiting(app) as browser:
        text = (await browser.get(f"/habitants/{person}")).text
        assert "Créer son adresse e-mail, Espace de Crest (Crest)" in text
        gone = BookingCancelled(
            booking_id=booking.booking_id,
            session_id=booking.session_id,
            beneficiary_id=booking.beneficiary_id,
            by=Actor(kind="beneficiary"),
            reason="empêchement",
            late=False,
            vouchers_returned=1,
        )
        await consume(site, gone)
        assert "Prochaine séance" not in (await browser.get(f"/habitants/{person}")).text


async def test_numbers_of_vouchers_agree(site: Site, app: FastAPI) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await consume(site, wallet(person, 1, use(book, available=1, consumed=4)))
    async with visiting(app) as browser:
        text = (await browser.get(f"/habitants/{person}")).text
    for figure in ("<span>chèque à utiliser</span>", "<span>chèque réservé</span>", "<span>heures suivies</span>"):
        assert figure in text


async def test_an_administrator_is_not_offered_what_a_prescriber_does(app: FastAPI) -> None:
    person = await registered(app)
    async with visiting(app, ADMINISTRATOR) as browser:
        for asked in ("Dubœuf", "Xylophone"):
            assert "Inscrire cette personne" not in (await browser.get("/guichet", params={"q": asked})).text
        assert "inscrire une nouvelle" not in (await browser.get("/guichet", params={"q": "Dubœuf"})).text
        opened = await sent(browser, f"/habitants/{person}", f"/habitants/{person}/ouvrir", why="elle a appelé")
    assert ("Dubœuf" in opened.text, "Prescrire 5 heures" in opened.text) == (True, False)
