"""Rules 3, 4, 9 and 20: who is registered, once, and how they are reached."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import IntegrityError

from chassis.db import Database
from tests.actors import MEDIATOR, asking
from tests.prescription.conftest import PERSON
from tests.prescription.steps import NO_PHONE, change, post, registered, rows, scalar


async def test_rule_3_only_a_prescriber_registers(app: FastAPI) -> None:
    assert (await post(app, "/api/prescription/beneficiaries", PERSON, who=MEDIATOR)).status_code == 403
    async with asking(app) as client:
        assert (await client.post("/api/prescription/beneficiaries", json=PERSON)).status_code == 401


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"commune_insee": "84031"}, "réservé aux habitants de la Drôme"),
        ({"phone": "04 75 41 00 01"}, "ne peut pas recevoir de SMS"),
        ({"phone": "+32 470 12 34 56"}, "ne peut pas recevoir de SMS"),
        ({"phone": "06 12"}, "n'existe pas"),
        ({"channel": "email"}, "écrivez l'adresse e-mail"),
        ({"channel": "letter"}, "écrivez l'adresse postale"),
        ({"last_name": ""}, "last_name : à remplir"),
        ({"last_name": "李"}, "lettres latines"),
        ({"birth_date": "1851-03-02"}, "vérifiez l'année"),
        ({"birth_date": "2051-03-02"}, "dans le futur"),
        ({"audiences": ["pilot"]}, "choix inconnu"),
        ({"support_needs": ["diabetes"]}, "choix inconnu"),
        ({"first_name": "  "}, "first_name : à remplir"),
        ({"phone": 639981234}, "phone : valeur non comprise"),
    ],
)
async def test_rules_3_and_4_a_refusal_says_what_to_do(app: FastAPI, change: dict[str, Any], sentence: str) -> None:
    answer = await post(app, "/api/prescription/beneficiaries", {**PERSON, **change})
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


async def test_rule_3_a_commune_outside_is_refused_by_the_database_alone(app: FastAPI, database: Database) -> None:
    await registered(app)
    with pytest.raises(IntegrityError, match="ck_beneficiaries_commune"):
        await change(database, "UPDATE beneficiaries SET commune_insee = '07019'")


async def test_rule_4_no_phone_and_no_email_is_fine(app: FastAPI) -> None:
    assert await registered(app, **NO_PHONE)


async def test_rule_4_an_sms_to_a_landline_is_refused_by_the_database_alone(app: FastAPI, database: Database) -> None:
    await registered(app)
    with pytest.raises(IntegrityError, match="ck_beneficiaries_sms"):
        await change(database, "UPDATE beneficiaries SET phone_kind = 'landline'")


@pytest.mark.parametrize(
    ("number", "kind"), [("06 39 98 12 34", "mobile"), ("04 65 71 12 34", "landline"), ("+32 470 12 34 56", "foreign")]
)
async def test_rule_4_the_kind_of_a_number_is_recognised(
    app: FastAPI, database: Database, number: str, kind: str
) -> None:
    await registered(app, phone=number, channel="call")
    assert await scalar(database, "SELECT phone_kind FROM beneficiaries") == kind


async def test_rule_9_audiences_are_several_with_the_msa_flag(app: FastAPI, database: Database) -> None:
    await registered(app, audiences=["farmer", "senior", "farmer"], msa=True)
    assert await rows(database, "SELECT audiences, msa FROM beneficiaries") == [(["farmer", "senior"], True)]
    state = await scalar(
        database, "SELECT convert_from(body, 'utf8')::jsonb FROM outbox WHERE headers->>'ce_type' LIKE 'benef%'"
    )
    assert (state["audiences"], state["msa"], state["epci"]) == (["farmer", "senior"], True, "200040509")


async def test_rule_20_same_key_same_answer_other_body_refused(app: FastAPI) -> None:
    first, again = await asyncio.gather(
        *(post(app, "/api/prescription/beneficiaries", PERSON, key="one") for _ in range(2))
    )
    assert first.json() == again.json()
    other = await post(app, "/api/prescription/beneficiaries", {**PERSON, "last_name": "Autre"}, key="one")
    assert other.status_code == 422
    assert other.json()["type"] == "urn:pass-numerique:probleme:key-reused"
