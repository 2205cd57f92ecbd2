"""Rule 3: who has left the Drôme can be corrected and keeps what they hold; only another book is refused."""

from typing import Any

import pytest
from fastapi import FastAPI

from chassis.db import Database
from tests.actors import PRESCRIBER, asking
from tests.prescription.conftest import PERSON
from tests.prescription.steps import TYPED, page_of, post, prescribed, registered, rows, sent, visiting
from tests.real_life.tables import Table

STORED, SHOWN, REFUSED = "enregistré", "possible", "refusé"
LEAVING = Table(
    "Qui a quitté la Drôme",
    "La fiche dit «n'y habite plus». La personne garde ce qu'elle a et sa fiche se corrige comme avant ; la commune ne "
    "compte que pour prescrire un nouveau chéquier.",
    ("Ce qui est demandé", "Réponse"),
    (
        ("changer son numéro de téléphone", STORED),
        ("changer son adresse e-mail", STORED),
        ("changer son nom", STORED),
        ("corriger sa date de naissance", STORED),
        ("être appelée plutôt que recevoir un SMS", STORED),
        ("utiliser les chèques de son chéquier", SHOWN),
        ("un nouveau chéquier", REFUSED),
        ("un nouveau chéquier, une fois revenue", SHOWN),
    ),
)
TABLES = (LEAVING,)
CHANGES: dict[str, dict[str, Any]] = {
    "changer son numéro de téléphone": {"phone": "+33639985555"},
    "changer son adresse e-mail": {"email": "jeanne@exemple.fr"},
    "changer son nom": {"last_name": "Démo Martin"},
    "corriger sa date de naissance": {"birth_date": "1952-03-02"},
    "être appelée plutôt que recevoir un SMS": {"channel": "call"},
}
AWAY = {**PERSON, "moved_away": True}
KNOWN = "SELECT phone, moved_away, commune_insee FROM beneficiaries"


async def test_rule_3_who_has_left_is_corrected_and_keeps_their_book(app: FastAPI, database: Database) -> None:
    assert ("utiliser les chèques de son chéquier", SHOWN) in LEAVING.rows
    person = await registered(app)
    await prescribed(app, person)
    away = {**TYPED, "phone": "06 39 98 55 55", "moved_away": "true"}
    async with visiting(app) as browser:
        await sent(browser, f"/habitants/{person}/modifier", f"/habitants/{person}/modifier", **away)
        assert 'name="moved_away" value="true" checked' in (await browser.get(f"/habitants/{person}/modifier")).text
    assert await rows(database, KNOWN) == [("+33639985555", True, "26108")]
    page = await page_of(app, person)
    assert "n'y habite plus" in page
    assert "5 chèques à utiliser" in page


@pytest.mark.parametrize("asked", CHANGES)
async def test_rule_3_the_record_of_who_has_left_is_changed_as_before(
    app: FastAPI, database: Database, asked: str
) -> None:
    assert (asked, STORED) in LEAVING.rows
    person = await registered(app)
    async with asking(app, PRESCRIBER) as client:
        for form in (AWAY, {**AWAY, **CHANGES[asked]}):
            answer = await client.put(f"/api/prescription/beneficiaries/{person}", json={**form, "confirmed": True})
            assert answer.status_code == 200, answer.text
    [(name, value)] = CHANGES[asked].items()
    assert await rows(database, f"SELECT {name}::text FROM beneficiaries") == [(value,)]  # noqa: S608 - a column of the table above


async def test_rule_3_who_has_left_has_no_other_book_until_they_are_back(app: FastAPI) -> None:
    assert {("un nouveau chéquier", REFUSED), ("un nouveau chéquier, une fois revenue", SHOWN)} <= {*LEAVING.rows}
    person = await registered(app)
    async with asking(app, PRESCRIBER) as client:
        assert (await client.put(f"/api/prescription/beneficiaries/{person}", json=AWAY)).status_code == 200
    refused = await post(app, f"/api/prescription/beneficiaries/{person}/books", {"need": "farm"})
    assert refused.json()["type"].endswith("left-the-drome")
    async with asking(app, PRESCRIBER) as client:
        assert (await client.put(f"/api/prescription/beneficiaries/{person}", json=PERSON)).status_code == 200
    await prescribed(app, person)
