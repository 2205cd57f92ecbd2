"""The form of a registration: without JavaScript, keeping what was typed, asking who it may be. Rules 3 and 5."""

import re

import pytest
from fastapi import FastAPI

from chassis.db import Database
from services.prescription.model import residence
from tests.prescription.steps import TYPED, registered, rows, scalar, sent, visiting


async def test_a_prescriber_registers_and_prescribes_in_two_forms(app: FastAPI) -> None:
    async with visiting(app) as browser:
        person = await sent(browser, "/habitants/nouveau", "/habitants", **TYPED)
        assert "Prescrire 5 heures" in person.text
        address = person.url.path
        wanted = {"need": "administrative", "idempotency_key": "twice"}
        page = await sent(browser, address, f"{address}/chequiers", **wanted)
        again = await sent(browser, address, f"{address}/chequiers", **wanted)
        assert page.text.count("Chéquier n°") == again.text.count("Chéquier n°") == 1
        assert "Imprimer le chéquier" in page.text


async def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_beside_the_field(app: FastAPI) -> None:
    wrong = {**TYPED, "phone": "04 75 41 00 01", "birth_date": "", "audiences": ["senior", "farmer"], "msa": "true"}
    async with visiting(app) as browser:
        page = await sent(browser, "/habitants/nouveau", "/habitants", **wrong)
    assert page.status_code == 422
    text = page.text.replace("&#39;", "'")
    assert 'value="Dubœuf"' in text
    assert 'value="04 75 41 00 01"' in text
    assert text.count(" checked") == 4
    assert re.search(r'<p class="error" id="birth_date-faute">.*<span>à remplir</span></p>', text)
    assert '<a href="#birth_date">Date de naissance : à remplir</a>' in text
    assert "<title>Erreur : " in text
    assert "ce numéro ne peut pas recevoir de SMS" in text
    assert 'aria-describedby="birth_date-faute" aria-invalid="true"' in text


@pytest.mark.parametrize(
    ("text", "chosen", "commune", "question"),
    [
        ("crest", "", "Crest", ""),
        ("Valence", "", "Valence", ""),
        ("Crest (26400)", "", "Crest", ""),
        ("st donat", "", "Saint-Donat-sur-l'Herbasse", ""),
        ("die", "", "Die", ""),
        ("saint", "", None, residence.WHICH),
        ("26400", "", None, residence.ASKED),
        ("05700", "", None, residence.ASKED),
        ("26400", "26108", "Crest", ""),
        ("26400", residence.OUTSIDE, None, residence.NOT_OF_THE_DROME),
        ("Privas", "", None, residence.NOT_FOUND),
        ("07000", "", None, residence.NOT_FOUND),
        ("", "", None, "à remplir"),
    ],
)
def test_rule_3_a_postal_code_is_asked_about_and_a_name_is_enough(
    text: str, chosen: str, commune: str | None, question: str
) -> None:
    lives = residence.read(text, chosen)
    assert (lives.commune.name if lives.commune else None, lives.question) == (commune, question)
    assert bool(lives.among) == (question in {residence.WHICH, residence.ASKED})


async def test_rule_3_the_form_asks_which_commune_and_refuses_one_outside(app: FastAPI, database: Database) -> None:
    async with visiting(app) as browser:
        asked = await sent(browser, "/habitants/nouveau", "/habitants", **{**TYPED, "commune": "26400"})
        assert "Une autre commune, hors de la Drôme" in asked.text
        assert asked.text.count('name="commune_insee"') > 5
        outside = {**TYPED, "commune": "26400", "commune_insee": residence.OUTSIDE}
        refused = await sent(browser, "/habitants/nouveau", "/habitants", **outside)
        assert "réservé aux habitants de la Drôme" in refused.text
        chosen = {**TYPED, "commune": "26400", "commune_insee": "26108"}
        assert "Prescrire 5 heures" in (await sent(browser, "/habitants/nouveau", "/habitants", **chosen)).text
    assert await scalar(database, "SELECT commune_insee FROM beneficiaries") == "26108"


async def test_rule_5_the_page_shows_who_looks_alike_and_a_box_confirms(app: FastAPI) -> None:
    await registered(app)
    other = {**TYPED, "first_name": "Démo Marc", "last_name": "Autre"}
    async with visiting(app) as browser:
        shown = await sent(browser, "/habitants/nouveau", "/habitants", **other)
        assert (shown.status_code, "Dubœuf</a>" in shown.text, 'value="Autre"' in shown.text) == (409, True, True)
        done = await sent(browser, "/habitants/nouveau", "/habitants", **other, confirmed="true")
        assert "Prescrire 5 heures" in done.text


async def test_rule_5_the_page_offers_to_ask_for_a_decision(app: FastAPI, database: Database) -> None:
    await registered(app)
    async with visiting(app) as browser:
        shown = await sent(browser, "/habitants/nouveau", "/habitants", **TYPED)
        assert 'formaction="/habitants/decision"' in shown.text
        asked = await sent(browser, "/habitants/nouveau", "/habitants/decision", **TYPED)
        assert "Votre demande est enregistrée" in asked.text
    assert await scalar(database, "SELECT claim->>'last_name' FROM doubles") == "Dubœuf"


async def test_rule_5_a_registration_by_postal_code_reaches_its_end_when_someone_looks_alike(
    app: FastAPI, database: Database
) -> None:
    await registered(app)
    typed = {**TYPED, "first_name": "Démo Marc", "last_name": "Autre", "commune": "26400"}
    async with visiting(app) as browser:
        asked = await sent(browser, "/habitants/nouveau", "/habitants", **typed)
        assert "Quelle commune" in asked.text
        shown = await sent(browser, "/habitants/nouveau", "/habitants", **typed, commune_insee="26108")
        assert ('name="confirmed"' in shown.text, "Quelle commune" in shown.text) == (True, False)
        assert 'value="Crest (26400)"' in shown.text
        typed["commune"] = "Crest (26400)"  # as it stands in the form now
        done = await sent(browser, "/habitants/nouveau", "/habitants", **typed, confirmed="true")
        assert "Prescrire 5 heures" in done.text
    assert await rows(database, "SELECT commune_insee FROM beneficiaries") == [("26108",)] * 2


async def test_rule_5_a_namesake_registered_by_postal_code_is_sent_for_a_decision(
    app: FastAPI, database: Database
) -> None:
    await registered(app)
    typed = {**TYPED, "commune": "26400", "commune_insee": "26108"}
    async with visiting(app) as browser:
        shown = await sent(browser, "/habitants/nouveau", "/habitants", **typed)
        assert ('formaction="/habitants/decision"' in shown.text, "Quelle commune" in shown.text) == (True, False)
        again = {**TYPED, "commune": "Crest (26400)"}
        asked = await sent(browser, "/habitants/nouveau", "/habitants/decision", **again)
        assert "Votre demande est enregistrée" in asked.text
    assert await scalar(database, "SELECT claim->>'commune_insee' FROM doubles") == "26108"
