"""Rule 3: who has left the Drôme can be corrected and keeps what they hold; only another book is refused."""

from fastapi import FastAPI

from chassis.db import Database
from tests.actors import PRESCRIBER, asking
from tests.prescription.conftest import PERSON
from tests.prescription.steps import TYPED, page_of, post, prescribed, registered, rows, sent, visiting

KNOWN = "SELECT phone, moved_away, commune_insee FROM beneficiaries"


async def test_rule_3_who_has_left_is_corrected_and_keeps_their_book(app: FastAPI, database: Database) -> None:
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


async def test_rule_3_who_has_left_has_no_other_book_until_they_are_back(app: FastAPI) -> None:
    person = await registered(app)
    async with asking(app, PRESCRIBER) as client:
        assert (
            await client.put(f"/api/beneficiaries/{person}", json={**PERSON, "moved_away": True})
        ).status_code == 200
    refused = await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
    assert refused.json()["type"].endswith("left-the-drome")
    async with asking(app, PRESCRIBER) as client:
        assert (await client.put(f"/api/beneficiaries/{person}", json=PERSON)).status_code == 200
    await prescribed(app, person)
