"""Rule 5: names that an older version stored in other letters are compared like all others."""

import pytest
from fastapi import FastAPI

from chassis.db import Database
from services.prescription import queries
from services.prescription.usecases import refolding
from tests.prescription.steps import NO_PHONE, change, registered, rows

OLDER = """
UPDATE beneficiaries SET plain_name = 'klc isl', name_key = 'isl klc' WHERE first_name = 'Işıl'
"""


async def both(app: FastAPI, database: Database) -> tuple[str, str]:
    """The same person twice, as an older version let happen."""
    first = await registered(app, **NO_PHONE, first_name="Işıl", last_name="Kılıç")
    await registered(app, **NO_PHONE, birth_date="1980-01-01")
    await change(database, OLDER)
    return first, await registered(app, **NO_PHONE, first_name="ISIL", last_name="KILIC", confirmed=True)


@pytest.mark.parametrize("before", ["SELECT", "DELETE FROM doubles"], ids=["asked already", "not asked"])
async def test_rule_5_who_was_stored_in_other_letters_is_found_again_and_an_administrator_is_asked_once(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    first, second = await both(app, database)
    await change(database, before)
    monkeypatch.setattr(refolding, "AT_ONCE", 1)
    assert await database.transact(refolding.refold_names) == 1
    async with database.reading() as reading:
        results = await queries.people_matching(reading, "isil kilic")
    assert {str(person.id) for person in results.people} == {first, second}
    assert await database.transact(refolding.refold_names) == 0
    asked = await rows(database, "SELECT known_id::text, other_id::text FROM doubles WHERE outcome IS NULL")
    assert [{*pair} for pair in asked] == [{first, second}]
    assert await rows(database, "SELECT twin FROM beneficiaries WHERE first_name = 'Işıl'") == [(1,)]


async def test_rule_5_who_was_rebuilt_from_others_keeps_the_key_of_nobody(app: FastAPI, database: Database) -> None:
    await registered(app)
    await change(database, "UPDATE beneficiaries SET name_key = id::text")
    assert await database.transact(refolding.refold_names) == 0
