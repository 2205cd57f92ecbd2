"""One person under two names: married, at birth, shortened, swapped; and two persons who are two."""

import pytest
from fastapi import FastAPI

from chassis.db import Database
from services.prescription import queries
from services.prescription.model.alike import any_alike, whole_names
from services.prescription.model.names import name_key
from tests.prescription.conftest import PERSON
from tests.prescription.steps import NO_PHONE, page_of, post, registered, scalar, visiting
from tests.real_life.tables import Table

SEEN, TWO = "même personne ?", "deux personnes"
NAMES = Table(
    "Deux noms pour une personne",
    "Née le même jour. «Même personne ?» : le programme montre l'autre fiche, et demande de vérifier. Le nom de "
    "naissance est entre parenthèses.",
    ("Déjà inscrite", "À inscrire", "Réponse", "Pourquoi"),
    (
        ("Jeanne DUPRÉ", "Jeanne DUPRÉ-MARTIN", SEEN, "nom double"),
        ("Jeanne DUPRÉ (MARTIN)", "Jeanne MARTIN", SEEN, "nom de naissance donné une fois"),
        ("Jeanne MARTIN", "Jeanne DUPRÉ (MARTIN)", SEEN, "mariée depuis"),
        ("Jeanne DUPRÉ (MARTIN)", "Jeanne LEROY (MARTIN)", SEEN, "remariée"),
        ("Jeanne DUPRÉ", "DUPRÉ JEANNE", SEEN, "prénom et nom dans l'autre ordre"),
        ("J. DUPRÉ", "Jeanne DUPRÉ", SEEN, "initiale"),
        ("Jean-Pierre DUPRÉ", "Jean DUPRÉ", SEEN, "prénom composé, à moitié"),
        ("Jean-Pierre DUPRÉ", "J.-P. DUPRÉ", SEEN, "initiales"),
        ("Jean Pierre Marie DUPRÉ", "Jean DUPRÉ", SEEN, "tous les prénoms de la carte"),
        ("Anne de LA TOUR", "Anne LATOUR", SEEN, "particule"),
        ("Anne d'ARGENT", "Anne ARGENT", SEEN, "particule"),
        ("Fatima EL IDRISSI", "Fatima IDRISSI", SEEN, "El"),
        ("Fatima EL IDRISSI", "Fatima ELIDRISSI", SEEN, "El, en un mot"),
        ("Karim BEN SALAH", "Karim BENSALAH", SEEN, "Ben, en un mot"),
        ("Karim BEN SALAH", "Karim SALAH", SEEN, "Ben"),
        ("John SMITH Jr", "John SMITH", SEEN, "Jr"),
        ("Jeanne DUBEUF", "Jeanne DUBŒUF", SEEN, "faute de frappe"),
        ("Pierre DUPONT", "Lucie DUPONT", TWO, "jumeaux"),
        ("Léa DUPONT", "Aël DUPONT", TWO, "jumelles aux mêmes lettres"),
        ("Văn LÊ", "Văn NGUYỄN", TWO, "même prénom court, autre nom"),
        ("Fatima EL IDRISSI", "Karim EL AMRANI", TWO, "la particule ne fait pas le nom"),
        ("Jeanne DUPRÉ (MARTIN)", "Paul LEROY (MARTIN)", TWO, "frère et sœur"),
    ),
)
TABLES = (NAMES,)


def read(name: str) -> tuple[str, str, str | None]:
    """«Jeanne DUPRÉ (MARTIN)»: first name, last name, name at birth. The last name begins where small letters end."""
    used, _, birth = name.rstrip(")").partition(" (")
    words = used.split()
    cut = next((at for at, word in enumerate(words) if at and word.isupper() and len(word) > 2), 1)
    return " ".join(words[:cut]), " ".join(words[cut:]), birth or None


@pytest.mark.parametrize(("known", "typed", "answer", "_why"), NAMES.rows)
def test_rule_5_one_person_under_two_names_is_seen(known: str, typed: str, answer: str, _why: str) -> None:
    first, second = read(known), read(typed)
    same = name_key(*first[:2]) == name_key(*second[:2])
    for name, another in ((first, second), (second, first)):
        assert (same or any_alike(whole_names(*name), whole_names(*another))) == (answer == SEEN)


async def test_rule_5_a_changed_last_name_is_seen_by_first_name_birth_date_and_commune(app: FastAPI) -> None:
    await registered(app)
    married = {**PERSON, **NO_PHONE, "last_name": "Vasseur"}
    assert (await post(app, "/api/prescription/beneficiaries", married)).json()["type"].endswith("looks-alike")
    elsewhere = await post(app, "/api/prescription/beneficiaries", {**married, "commune_insee": "26113"})
    assert elsewhere.status_code == 201


async def test_rule_5_who_gives_a_name_at_birth_is_found_by_both_and_compared_by_both(
    app: FastAPI, database: Database
) -> None:
    person = await registered(app, last_name="Vasseur", birth_name="Lœillet")
    for typed in ("vasseur", "loeillet jeanne"):
        async with database.reading() as reading:
            results = await queries.people_matching(reading, typed)
        assert [str(one.id) for one in results.people] == [person]
    again = {**PERSON, **NO_PHONE, "first_name": "J", "last_name": "LOEILLET", "commune_insee": "26113"}
    assert (await post(app, "/api/prescription/beneficiaries", again)).json()["type"].endswith("looks-alike")
    assert "Lœillet" in await page_of(app, person)
    async with visiting(app) as browser:
        assert 'value="Lœillet"' in (await browser.get(f"/habitants/{person}/modifier")).text
    assert await scalar(database, "SELECT plain_name FROM beneficiaries") == "vasseur demo jeanne loeillet"
