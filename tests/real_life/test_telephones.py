"""Telephone numbers as people give them at the counter."""

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from chassis.db import Database
from county.phones import phone
from services.catalogue.model import MediatorForm
from services.catalogue.standards.values import phone as of_a_file
from services.prescription import queries
from services.prescription.model import Registration
from services.prescription.model.centre import CentreForm
from tests.prescription.conftest import PERSON
from tests.prescription.steps import registered
from tests.real_life.tables import Table

SMS, NO_SMS, OVERSEAS = "SMS possible", "pas de SMS", "mobile d'outre-mer : pas de SMS avec notre contrat"
NUMBERS = Table(
    "Les numéros de téléphone",
    "Chaque numéro est compris, montré comme on l'écrit en France, et l'on sait s'il reçoit nos SMS.",
    ("Écrit", "Montré", "SMS", "Ce que c'est"),
    (
        ("06 39 98 12 34", "06 39 98 12 34", SMS, "mobile"),
        ("06.12.34.56.78", "06 12 34 56 78", SMS, "mobile"),
        ("06/12/34/56/78", "06 12 34 56 78", SMS, "mobile"),
        ("+33 (0)6 12 34 56 78", "06 12 34 56 78", SMS, "mobile, écriture mêlée"),
        ("0033612345678", "06 12 34 56 78", SMS, "mobile"),
        ("612345678", "06 12 34 56 78", SMS, "mobile, le zéro perdu par un tableur"),
        ("Tél : 06 12 34 56 78", "06 12 34 56 78", SMS, "mobile"),
        ("\u202a06 12 34 56 78", "06 12 34 56 78", SMS, "copié d'un téléphone, avec une marque invisible"),
        ("04 75 12 34 56", "04 75 12 34 56", NO_SMS, "fixe"),
        ("09 76 12 34 56", "09 76 12 34 56", NO_SMS, "box"),
        ("04 75 12 34 56 poste 12", "04 75 12 34 56 poste 12", NO_SMS, "fixe avec un poste"),
        ("04 75 12 34 56 (poste n° 214)", "04 75 12 34 56 poste 214", NO_SMS, "chambre d'une maison de retraite"),
        ("0475123456 p. 12", "04 75 12 34 56 poste 12", NO_SMS, "fixe avec un poste"),
        ("0475123456 #12", "04 75 12 34 56 poste 12", NO_SMS, "fixe avec un poste"),
        ("0692 12 34 56", "0692 12 34 56", OVERSEAS, "La Réunion"),
        ("+33 692 12 34 56", "0692 12 34 56", OVERSEAS, "La Réunion, indicatif de la métropole"),
        ("+262 692 12 34 56", "0692 12 34 56", OVERSEAS, "La Réunion"),
        ("0693 12 34 56", "0693 12 34 56", OVERSEAS, "La Réunion"),
        ("0690 12 34 56", "0690 12 34 56", OVERSEAS, "Guadeloupe"),
        ("0694 12 34 56", "0694 12 34 56", OVERSEAS, "Guyane"),
        ("0696 12 34 56", "0696 12 34 56", OVERSEAS, "Martinique"),
        ("0697 12 34 56", "0697 12 34 56", OVERSEAS, "Martinique"),
        ("0639 01 23 45", "0639 01 23 45", OVERSEAS, "Mayotte"),
        ("+687 75 12 34", "75.12.34", OVERSEAS, "Nouvelle-Calédonie"),
        ("0262 12 34 56", "0262 12 34 56", NO_SMS, "fixe de La Réunion"),
        ("0596 50 12 34", "0596 50 12 34", NO_SMS, "fixe de la Martinique"),
        ("+32 470 12 34 56", "+32 470 12 34 56", NO_SMS, "mobile belge"),
        ("0041 79 123 45 67", "+41 79 123 45 67", NO_SMS, "mobile suisse"),
    ),
)
SERVICE = "c'est le numéro d'un service"
REFUSED = Table(
    "Les numéros refusés",
    "La phrase dit ce qui ne va pas ; le reste du formulaire n'est pas perdu.",
    ("Écrit", "La réponse commence par", "Pourquoi"),
    (
        ("08 36 12 34 56", SERVICE, "surtaxé"),
        ("08 92 12 34 56", SERVICE, "surtaxé"),
        ("08 00 12 34 56", SERVICE, "numéro vert"),
        ("06 12 34 56 7", "ce numéro de téléphone n'existe pas", "un chiffre manque"),
        ("06 12 34 56 789", "ce numéro de téléphone n'existe pas", "un chiffre de trop"),
        ("06 12 34 56 78 / 04 75 12 34 56", "ce numéro de téléphone n'est pas compris", "deux numéros"),
        ("chez sa fille", "ce numéro de téléphone n'est pas compris", "pas un numéro"),
        ("112", "ce numéro de téléphone n'existe pas", "numéro d'urgence"),
    ),
)
TABLES = (NUMBERS, REFUSED)


def told(**change: object) -> Registration:
    return Registration.model_validate({**PERSON, **change})


@pytest.mark.parametrize(("typed", "shown", "sms", "_what"), NUMBERS.rows)
def test_rule_4_a_number_is_understood_and_an_sms_is_promised_where_it_arrives(
    typed: str, shown: str, sms: str, _what: str
) -> None:
    assert phone(told(phone=typed, channel="call").phone) == shown
    if sms == SMS:
        assert told(phone=typed, channel="sms").channel == "sms"
        return
    with pytest.raises(ValidationError, match="outre-mer" if sms == OVERSEAS else "ne peut pas recevoir de SMS"):
        told(phone=typed, channel="sms")


@pytest.mark.parametrize(("typed", "sentence", "_why"), REFUSED.rows)
def test_rule_4_what_is_nobodys_number_is_refused_in_words(typed: str, sentence: str, _why: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        told(phone=typed, channel="call")


@pytest.mark.parametrize("typed", ["0692 12 34 56", "04 75 12 34 56 poste 12", "+33 692 12 34 56"])
def test_rule_4_a_mediator_a_centre_and_a_file_of_places_understand_the_same(typed: str) -> None:
    number = told(phone=typed, channel="call").phone or ""
    assert MediatorForm(name="Démo Karim", phone=typed).phone == number
    assert CentreForm(name="Centre", kind="cms", commune_insee="26108", phone=typed).phone == number
    assert of_a_file(typed).value == number.partition(";")[0], "the standard has no place for an extension"


async def test_rule_4_who_has_an_extension_or_lives_overseas_is_found_by_the_number(
    app: FastAPI, database: Database
) -> None:
    for typed, asked in (("04 75 12 34 56 poste 12", "0475123456"), ("0692 12 34 56", "+33692123456")):
        name = f"Démo {typed[-2:]}"
        await registered(app, first_name=name, phone=typed, channel="call", confirmed=True)
        for question in (typed, asked):
            async with database.reading() as reading:
                results = await queries.people_matching(reading, question)
            assert [one.first_name for one in results.people] == [name], question
