"""Rules 5 and 27: a record that is changed is looked at like a new one, and who changed it is kept."""

from typing import Any

import pytest
from fastapi import FastAPI

from chassis.db import Database
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking
from tests.prescription.conftest import PERSON
from tests.prescription.steps import change, post, registered, rows, scalar, sent, visiting

OTHER: dict[str, Any] = {**PERSON, "phone": None, "channel": "call", "birth_date": "1960-01-01"}
FORM = {"channel": "call", "commune": "Crest", "first_name": "Démo Jeanne", "last_name": "Dubœuf"}
READ = "SELECT what, why, name FROM readings ORDER BY id"


async def other(app: FastAPI, **more: Any) -> str:
    return await registered(app, **{**OTHER, **more})


async def put(app: FastAPI, person: str, **more: Any) -> tuple[int, str]:
    """The status, and the type of the refusal."""
    async with asking(app, PRESCRIBER) as client:
        answer = await client.put(f"/api/prescription/beneficiaries/{person}", json={**OTHER, **more})
    return answer.status_code, answer.json().get("type", "").rpartition(":")[2]


async def test_rule_27_a_form_that_shows_a_record_is_a_reading(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    async with visiting(app) as browser:
        for page in ("modifier", "effacer"):
            await browser.get(f"/habitants/{person}/{page}")
    assert await rows(database, READ) == [("page", "suivi par son centre", "Démo Nadia")] * 2


async def test_rule_27_who_changed_a_record_is_kept_with_the_fields_and_without_the_values(
    app: FastAPI, database: Database
) -> None:
    person = await other(app)
    assert await put(app, person, commune_insee="26113", audiences=["senior", "farmer"]) == (200, "")
    assert await put(app, person, commune_insee="26113", audiences=["senior", "farmer"]) == (200, "")
    assert await rows(database, READ) == [
        ("changed", "Commune, Situation", "Démo Nadia"),
        ("changed", "rien de changé", "Démo Nadia"),
    ]


async def test_rule_5_a_change_that_makes_somebody_look_alike_is_confirmed_and_queued_once(
    app: FastAPI, database: Database
) -> None:
    await registered(app)
    marc = await other(app, first_name="Démo Marc", last_name="Autre")
    alike = {"first_name": "Démo Marc", "last_name": "Autre", "phone": PERSON["phone"]}
    assert await put(app, marc, **alike) == (409, "looks-alike")
    assert await put(app, marc, **alike, confirmed=True) == (200, "")
    assert await put(app, marc, **alike, email="demo.marc@exemple.invalid") == (200, ""), "asked once"
    assert await rows(database, "SELECT because, other_id::text FROM doubles") == [(["phone"], marc)]


async def test_rule_5_the_page_of_a_change_shows_who_looks_alike_and_a_box_confirms(app: FastAPI) -> None:
    await registered(app)
    address = f"/habitants/{await other(app, first_name='Démo Marc', last_name='Autre')}/modifier"
    form = {**FORM, "first_name": "Démo Marc", "last_name": "Autre", "birth_date": "1960-01-01", "commune": "26400"}
    async with visiting(app) as browser:
        asked = await sent(browser, address, address, **form, phone=PERSON["phone"], commune_insee="26108")
        assert ('name="confirmed"' in asked.text, 'value="Crest (26400)"' in asked.text) == (True, True)
        done = await sent(browser, address, address, **{**form, "commune": "Crest (26400)"}, confirmed="true")
        assert "La fiche est à jour" in done.text


async def distinct(app: FastAPI, database: Database) -> None:
    double = await scalar(database, "SELECT id FROM doubles WHERE outcome IS NULL")
    async with visiting(app, ADMINISTRATOR) as browser:
        await sent(browser, "/doublons", f"/doublons/{double}/distincts", reason="deux cartes vues")


async def twins(app: FastAPI, database: Database) -> str:
    """Two persons of one name born on one day; the id of the second."""
    await registered(app)
    await post(app, "/api/prescription/claims", {**OTHER, "birth_date": PERSON["birth_date"]})
    await distinct(app, database)
    return str(await scalar(database, "SELECT id FROM beneficiaries WHERE twin = 1"))


async def test_rule_5_a_twin_keeps_its_name_and_is_nobodys_twin_under_another(app: FastAPI, database: Database) -> None:
    twin = await twins(app, database)
    await other(app)
    assert await put(app, twin, birth_date=PERSON["birth_date"], commune_insee="26113") == (200, "")
    assert await scalar(database, "SELECT twin FROM beneficiaries WHERE commune_insee = '26113'") == 1
    assert await put(app, twin) == (409, "already-known"), "its number is of the other name"
    assert await put(app, twin, birth_date="1970-01-01") == (200, "")
    assert await rows(database, "SELECT twin FROM beneficiaries") == [(0,)] * 3


async def test_rule_5_a_corrected_name_that_a_namesake_has_waits_for_a_decision(
    app: FastAPI, database: Database
) -> None:
    await registered(app)
    person = await other(app, birth_date="1951-02-03")
    address = f"/habitants/{person}/modifier"
    form = {**FORM, "birth_date": PERSON["birth_date"], "email": "demo.autre@exemple.invalid"}
    async with visiting(app) as browser:
        refused = await sent(browser, address, address, **form)
        assert (refused.status_code, f'formaction="/habitants/{person}/decision"' in refused.text) == (409, True)
        for _ in range(2):
            asked = await sent(browser, address, f"/habitants/{person}/decision", **form)
            assert "Un administrateur va décider pour le nom" in asked.text
    born = "SELECT birth_date::text, email, twin FROM beneficiaries WHERE id = cast(:id AS uuid)"
    assert await rows(database, born, id=person) == [("1951-02-03", "demo.autre@exemple.invalid", 0)]
    await change(database, "UPDATE beneficiaries SET email = 'demo.new@exemple.invalid' WHERE email IS NOT NULL")
    async with visiting(app, ADMINISTRATOR) as browser:
        page = (await browser.get("/doublons")).text
        assert ("Le nom demandé" in page, "réunir les deux fiches" in page) == (True, True)
    await distinct(app, database)
    assert await rows(database, born, id=person) == [("1951-03-02", "demo.new@exemple.invalid", 1)]
    assert (await rows(database, READ))[-1] == ("changed", "Date de naissance", "Démo Admin")


async def test_rule_5_the_api_asks_for_a_decision_about_a_name_too(app: FastAPI, database: Database) -> None:
    await registered(app)
    person = await other(app, birth_date="1951-02-03")
    asked = await post(
        app, f"/api/prescription/beneficiaries/{person}/claims", {**OTHER, "birth_date": PERSON["birth_date"]}
    )
    assert asked.status_code == 202
    assert str(await scalar(database, "SELECT other_id FROM doubles WHERE claim IS NOT NULL")) == person


@pytest.mark.parametrize("written", ["Demo.Jeanne@Exemple.INVALID", "demo.jeanne@exemple.invalid"])
async def test_rule_5_an_email_is_the_same_however_it_is_written(app: FastAPI, written: str) -> None:
    await registered(app, email="DEMO.jeanne@exemple.invalid")
    body = {**OTHER, "first_name": "Démo Marc", "last_name": "Autre", "email": written}
    assert (await post(app, "/api/prescription/beneficiaries", body)).json()["type"].endswith("looks-alike")
