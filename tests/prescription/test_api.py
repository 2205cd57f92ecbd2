import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.db import Database
from tests.actors import MEDIATOR, PRESCRIBER, asking
from tests.prescription.conftest import PERSON


async def post(app: FastAPI, path: str, body: object, key: str = "") -> httpx.Response:
    async with asking(app, PRESCRIBER, key) as client:
        return await client.post(path, json=body)


async def registered(app: FastAPI) -> str:
    answer = await post(app, "/api/beneficiaries", PERSON)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def said(app: FastAPI) -> list[str]:
    database: Database = app.state.frame.database
    async with database.reading() as reading:
        return list((await reading.scalars(text("SELECT headers->>'ce_type' FROM outbox ORDER BY id"))).all())


async def test_a_book_of_five_is_prescribed_and_said(app: FastAPI) -> None:
    person = await registered(app)
    book = (await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})).json()
    assert (book["rank"], book["available"], len(set(book["codes"]))) == (1, 5, 5)
    assert await said(app) == [
        "centre.opened.v1",
        "beneficiary.registered.v1",
        "contact.stated.v1",
        "book.prescribed.v1",
        "contact.stated.v1",
    ]


async def test_rule_2_a_second_book_waits_until_the_first_is_used_up(app: FastAPI) -> None:
    person = await registered(app)
    await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
    refused = await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
    assert refused.status_code == 409
    assert "restent 5 chèques" in refused.json()["detail"]


async def test_rule_1_many_prescriptions_at_once_give_one_book(app: FastAPI) -> None:
    person = await registered(app)
    wanted = [post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"}) for _ in range(30)]
    answers = [answer.status_code for answer in await asyncio.gather(*wanted)]
    assert sorted(answers) == [201] + [409] * 29


async def test_rule_1_a_ninth_book_is_refused_by_the_database_alone(app: FastAPI) -> None:
    person = await registered(app)
    await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
    database: Database = app.state.frame.database
    with pytest.raises(Exception, match="ck_books_lifetime"):
        await database.transact(lambda tx: tx.execute(text("UPDATE books SET rank = 9")))


async def test_rule_3_only_a_prescriber_prescribes(app: FastAPI) -> None:
    async with asking(app, MEDIATOR) as client:
        assert (await client.post("/api/beneficiaries", json=PERSON)).status_code == 403
    async with asking(app) as client:
        assert (await client.post("/api/beneficiaries", json=PERSON)).status_code == 401


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
    ],
)
async def test_rules_3_and_4_a_refusal_says_what_to_do(app: FastAPI, change: dict[str, str], sentence: str) -> None:
    answer = await post(app, "/api/beneficiaries", {**PERSON, **change})
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


async def test_rule_4_no_phone_and_no_email_is_fine(app: FastAPI) -> None:
    bare = {name: value for name, value in PERSON.items() if name != "phone"} | {"channel": "call"}
    assert (await post(app, "/api/beneficiaries", bare)).status_code == 201


async def test_rule_5_same_name_and_birth_date_is_refused_even_twice_at_once(app: FastAPI) -> None:
    alike = {**PERSON, "first_name": "demo jeanne", "last_name": "DUBOEUF"}
    answers = await asyncio.gather(*(post(app, "/api/beneficiaries", body) for body in (PERSON, alike) * 5))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_rule_20_same_key_same_answer_other_body_refused(app: FastAPI) -> None:
    first, again = await asyncio.gather(*(post(app, "/api/beneficiaries", PERSON, key="one") for _ in range(2)))
    assert first.json() == again.json()
    other = await post(app, "/api/beneficiaries", {**PERSON, "last_name": "Autre"}, key="one")
    assert other.status_code == 422
    assert other.json()["type"] == "urn:pass-numerique:probleme:key-reused"
