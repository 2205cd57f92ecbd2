"""Dates of birth as they are given, and hours on days that are longer or shorter."""

from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from chassis.clock import PARIS
from chassis.db import Database
from chassis.french import moment
from services.prescription.model import Beneficiary, BornInTheFuture, Registration
from services.prescription.model.names import OddAge, age
from tests.prescription.conftest import PERSON
from tests.prescription.steps import NO_PHONE, page_of, post, scalar, sent, visiting
from tests.real_life.tables import Table

TODAY = date(2026, 11, 28)
TAKEN, YEAR, FUTURE = "enregistrée", "vérifiez l'année", "La date de naissance est dans le futur"
BIRTHS = Table(
    "Les dates de naissance",
    "Comme si nous étions le 28 novembre 2026. Un âge étrange est demandé une fois, puis enregistré si la personne le "
    "confirme.",
    ("Date", "Réponse", "Pourquoi"),
    (
        ("1951-03-02", TAKEN, ""),
        ("1952-02-29", TAKEN, "née un 29 février"),
        ("1951-02-29", "une date est attendue", "1951 n'a pas de 29 février"),
        ("1916-11-28", TAKEN, "110 ans aujourd'hui"),
        ("1915-11-28", "111 ans ?", "plus de 110 ans"),
        ("1901-11-28", "125 ans ?", "plus de 110 ans"),
        ("1900-01-01", "126 ans ?", "une date écrite faute de mieux"),
        ("1900-02-29", "une date est attendue", "1900 n'est pas bissextile"),
        ("1899-12-31", YEAR, "avant 1900"),
        ("0051-03-02", YEAR, "année à deux chiffres : «51»"),
        ("51-03-02", "une date est attendue", "année à deux chiffres"),
        ("02/03/1951", "une date est attendue", "un programme écrit l'année d'abord"),
        ("2020-11-28", TAKEN, "6 ans aujourd'hui"),
        ("2020-11-29", "5 ans ?", "moins de 6 ans"),
        ("2026-11-28", "0 an ?", "aujourd'hui"),
        ("2026-11-29", FUTURE, "demain"),
        ("2062-03-02", FUTURE, "deux chiffres mêlés"),
        ("", "une date est attendue", "rien"),
    ),
)
AGES = Table(
    "Les âges",
    "En années entières.",
    ("Née le", "Le", "Âge"),
    (
        ("1952-02-29", "2026-02-28", "73"),
        ("1952-02-29", "2026-03-01", "74"),
        ("1952-02-29", "2028-02-29", "76"),
        ("1951-11-28", "2026-11-27", "74"),
        ("1951-11-28", "2026-11-28", "75"),
        ("2026-11-28", "2026-11-28", "0"),
    ),
)
HOURS = Table(
    "Les séances aux heures étranges",
    "Le début et la durée font la fin, telle que l'horloge du mur la montre.",
    ("Début, heure universelle", "Durée", "Début montré", "Fin montrée", "Pourquoi"),
    (
        ("2026-11-28 21:30", "2 h", "samedi 28 novembre 2026 à 22 h 30", "dimanche 29 novembre 2026 à 0 h 30",
         "passe minuit"),
        ("2026-12-31 22:00", "2 h", "jeudi 31 décembre 2026 à 23 h", "vendredi 1er janvier 2027 à 1 h",
         "passe l'année"),
        ("2027-03-28 00:30", "1 h", "dimanche 28 mars 2027 à 1 h 30", "dimanche 28 mars 2027 à 3 h 30",
         "l'heure d'été commence"),
        ("2026-10-25 00:30", "1 h", "dimanche 25 octobre 2026 à 2 h 30", "dimanche 25 octobre 2026 à 2 h 30",
         "l'heure d'hiver commence : deux fois 2 h 30"),
        ("2028-02-28 23:30", "1 h", "mardi 29 février 2028 à 0 h 30", "mardi 29 février 2028 à 1 h 30",
         "29 février"),
    ),
)  # fmt: skip
TABLES = (BIRTHS, AGES, HOURS)


def answer(born: str, **more: object) -> str:
    try:
        told = Registration.model_validate({**PERSON, "birth_date": born, **more})
        Beneficiary().call(told, now=datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC))
    except ValidationError as refused:
        [fault] = refused.errors()
        return "une date est attendue" if fault["type"].startswith("date") else str(fault["msg"])
    except (BornInTheFuture, OddAge) as refusal:
        return refusal.sentence
    return TAKEN


@pytest.mark.parametrize(("born", "said", "_why"), BIRTHS.rows)
def test_rule_5_a_date_of_birth_is_understood_asked_again_or_refused(born: str, said: str, _why: str) -> None:
    assert said in answer(born)
    if said.endswith("?"):
        assert answer(born, age_checked=True) == TAKEN


@pytest.mark.parametrize(("born", "on", "years"), AGES.rows)
def test_ages_are_whole_years(born: str, on: str, years: str) -> None:
    assert age(date.fromisoformat(born), date.fromisoformat(on)) == int(years)


@pytest.mark.parametrize(("starts", "lasts", "start", "end", "_why"), HOURS.rows)
def test_hours_are_those_of_the_clock_on_the_wall(starts: str, lasts: str, start: str, end: str, _why: str) -> None:
    begins = datetime.fromisoformat(starts).replace(tzinfo=UTC)
    assert moment(begins) == start
    assert moment(begins + timedelta(hours=int(lasts.split(maxsplit=1)[0]))) == end


def test_who_is_born_after_midnight_in_paris_is_not_born_tomorrow() -> None:
    """At half past midnight in Paris it is still yesterday in universal time."""
    told = Registration.model_validate({**PERSON, "birth_date": "2026-11-29", "age_checked": True})
    Beneficiary().call(told, now=datetime(2026, 11, 29, 0, 30, tzinfo=PARIS).astimezone(UTC))


async def test_an_odd_age_is_asked_once_and_stays_in_sight(app: FastAPI, database: Database) -> None:
    old = {**PERSON, **NO_PHONE, "birth_date": "1901-01-01"}
    assert (await post(app, "/api/prescription/beneficiaries", old)).json()["type"].endswith("odd-age")
    form = {name: value for name, value in old.items() if value and name != "commune_insee"} | {"commune": "crest"}
    async with visiting(app) as browser:
        asked = await sent(browser, "/habitants/nouveau", "/habitants", **form)
        assert (asked.status_code, 'name="age_checked"' in asked.text) == (422, True)
        await sent(browser, "/habitants/nouveau", "/habitants", **form, age_checked="true")
    person = str(await scalar(database, "SELECT id FROM beneficiaries"))
    assert "ans ?" in await page_of(app, person)
