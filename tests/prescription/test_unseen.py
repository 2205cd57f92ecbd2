"""Names with characters that nobody sees, or that turn the line round: cleaned at entry, with a remark."""

import pytest
from fastapi import FastAPI

from chassis.db import Database
from services.prescription.model import CentreForm, PrescriberForm, Registration
from tests.prescription.conftest import PERSON
from tests.prescription.steps import TYPED, registered, rows, sent, visiting

TURNED = "Du\u202epont\u200b"


def test_walls_23_a_registration_has_a_name_of_one_line() -> None:
    address = "Chez\u200b Paul\n\n 3  rue du Lac"
    registration = Registration.model_validate(
        {**PERSON, "first_name": "Jean\nne", "last_name": TURNED, "postal_address": address}
    )
    assert (registration.first_name, registration.last_name) == ("Jean ne", "Dupont")
    assert registration.postal_address == "Chez Paul\n3 rue du Lac"


@pytest.mark.parametrize("name", ["\u200b\u200b", " \u202e "])
def test_walls_23_a_name_of_nothing_that_is_seen_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="first_name"):
        Registration.model_validate({**PERSON, "first_name": name})


def test_walls_23_so_have_centres_and_prescribers() -> None:
    centre = CentreForm.model_validate({"name": "Centre\u200b\nsocial", "kind": "other", "commune_insee": "26108"})
    prescriber = PrescriberForm.model_validate(
        {"name": "Nadia\u2066  B.", "centre_id": "018f0000-0000-7000-8000-0000000000c1"}
    )
    assert (centre.name, prescriber.name) == ("Centre social", "Nadia B.")


async def test_walls_23_the_page_says_what_was_taken_away(app: FastAPI, database: Database) -> None:
    async with visiting(app) as browser:
        page = await sent(browser, "/habitants/nouveau", "/habitants", **{**TYPED, "last_name": TURNED})
    assert "Le nom contenait des caractères invisibles : ils sont enlevés." in page.text
    assert await rows(database, "SELECT last_name FROM beneficiaries") == [("Dupont",)]


async def test_walls_23_two_spaces_are_one_and_nothing_is_said(app: FastAPI, database: Database) -> None:
    async with visiting(app) as browser:
        page = await sent(browser, "/habitants/nouveau", "/habitants", **{**TYPED, "last_name": "De  la Roche "})
    assert "invisibles" not in page.text
    assert await rows(database, "SELECT last_name FROM beneficiaries") == [("De la Roche",)]


async def test_walls_23_a_program_reads_the_clean_name_in_the_answer(app: FastAPI, database: Database) -> None:
    await registered(app, last_name=TURNED)
    assert await rows(database, "SELECT last_name FROM beneficiaries") == [("Dupont",)]
