"""Rule 5: one person is one record, and two real persons of one name are told apart."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import IntegrityError

from chassis.db import Database
from services.prescription.model.alike import names_alike
from services.prescription.model.names import name_key
from services.prescription.web import doubles
from tests.actors import ADMINISTRATOR
from tests.prescription.conftest import OTHER_PRESCRIBER, PERSON
from tests.prescription.steps import NO_PHONE, change, post, registered, rows, scalar, sent, visiting


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("demo jeanne", "DUBOEUF"),
        ("Démo-Jeanne", "Dubœuf"),
        ("DémoJeanne", "Dub œuf"),
        ("Dubœuf", "Démo Jeanne"),
    ],
)
async def test_rule_5_however_a_name_is_written_it_is_the_same_person(app: FastAPI, first: str, last: str) -> None:
    await registered(app)
    refused = await post(
        app, "/api/prescription/beneficiaries", {**PERSON, **NO_PHONE, "first_name": first, "last_name": last}
    )
    assert refused.json()["type"].endswith("already-known")


@pytest.mark.usefixtures("patient")
async def test_rule_5_same_name_and_birth_date_is_refused_even_twice_at_once(app: FastAPI) -> None:
    alike = {**PERSON, "first_name": "demo jeanne", "last_name": "DUBOEUF"}
    answers = await asyncio.gather(
        *(post(app, "/api/prescription/beneficiaries", body) for body in (PERSON, alike) * 5)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_rule_5_same_name_and_birth_date_is_refused_by_the_database_alone(
    app: FastAPI, database: Database
) -> None:
    await registered(app)
    await registered(app, **NO_PHONE, birth_date="1960-01-01")
    with pytest.raises(IntegrityError, match="uq_beneficiaries_name_key_birth_date_twin"):
        await change(database, "UPDATE beneficiaries SET birth_date = '1951-03-02'")


@pytest.mark.parametrize(
    "alike",
    [
        {"first_name": "Marc", "last_name": "Autre"},
        {"first_name": "Démo Jeane", "last_name": "Dubeuf", **NO_PHONE},
        {"first_name": "Démo Jeanne", "last_name": "Dubœuf-Martin", **NO_PHONE},
    ],
    ids=["same phone", "typing error", "double name"],
)
async def test_rule_5_who_looks_alike_must_be_confirmed_and_an_administrator_sees_it(
    app: FastAPI, database: Database, alike: dict[str, Any]
) -> None:
    await registered(app)
    body = {**PERSON, **alike}
    refused = await post(app, "/api/prescription/beneficiaries", body)
    assert refused.json()["type"].endswith("looks-alike")
    assert "Jeanne" not in refused.json()["detail"], "a refusal names nobody else"
    assert (await post(app, "/api/prescription/beneficiaries", {**body, "confirmed": True})).status_code == 201
    async with visiting(app, ADMINISTRATOR) as browser:
        assert "Aussi inscrite" in (await browser.get("/doublons")).text
    read = await rows(database, "SELECT what, why, name FROM readings")
    assert read == [("doubles", "liste de travail de l'administration", "Démo Admin")] * 2


def test_rule_5_brothers_with_one_birthday_do_not_look_alike() -> None:
    """Twins share a name and a day; asking about each of them would teach people to click."""
    assert not names_alike("dupont pierre", "dupont lucie")
    assert name_key("Pierre", "Dupont") != name_key("Lucie", "Dupont")


async def test_the_list_of_doubles_is_cut_and_says_so(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    await registered(app)
    for name in ("Un", "Deux"):
        await registered(app, first_name=f"Démo {name}", last_name="Autre", confirmed=True)
    async with visiting(app, ADMINISTRATOR) as browser:
        assert "Il y en a d'autres" not in (await browser.get("/doublons")).text
        monkeypatch.setattr(doubles, "AT_A_TIME", 1)
        text = (await browser.get("/doublons")).text
    assert ("Il y en a d'autres" in text, "Démo Un" in text, "Démo Deux" in text) == (True, True, False)


async def claimed(app: FastAPI) -> str:
    """Two real persons with one name, born on one day: the prescriber asks for a decision."""
    body = {**PERSON, **NO_PHONE, "commune_insee": "26113"}
    answer = await post(app, "/api/prescription/claims", body, who=OTHER_PRESCRIBER)
    assert answer.status_code == 202
    return str(answer.json()["id"])


async def test_rule_5_two_real_persons_of_one_name_are_declared_distinct_with_a_trace(
    app: FastAPI, database: Database
) -> None:
    await registered(app)
    double = await claimed(app)
    assert double == await claimed(app), "asking twice is asking once"
    async with visiting(app, ADMINISTRATOR) as browser:
        assert "À inscrire" in (await browser.get("/doublons")).text
        page = await sent(browser, "/doublons", f"/doublons/{double}/distincts", reason="deux cartes d'identité vues")
        assert "deux cartes" in page.text
    twins = await rows(database, "SELECT twin, centre_id, commune_insee FROM beneficiaries ORDER BY twin")
    assert [(row[0], row[2]) for row in twins] == [(0, "26108"), (1, "26113")]
    assert twins[1][1] == OTHER_PRESCRIBER.centre_id
    trace = await rows(database, "SELECT outcome, decided_by, claim FROM doubles")
    assert trace == [("distinct", "Démo Admin", None)]
    third = await post(app, "/api/prescription/beneficiaries", {**PERSON, **NO_PHONE})
    assert third.json()["type"].endswith("already-known")


async def test_rule_5_a_claim_of_the_same_person_makes_nothing(app: FastAPI, database: Database) -> None:
    await registered(app)
    double = await claimed(app)
    async with visiting(app, ADMINISTRATOR) as browser:
        await sent(browser, "/doublons", f"/doublons/{double}/meme-personne", reason="reconnue")
        again = await sent(browser, "/doublons", f"/doublons/{double}/distincts", reason="trop tard")
    assert again.status_code == 404
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 1
