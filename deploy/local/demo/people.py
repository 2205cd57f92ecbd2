"""The personas of the demonstration, all of them invented; phones are of the range kept for fiction by the Arcep."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from chassis.web import Principal
from deploy.local.system import PERSONAS
from services.prescription.web.sign_in import Persona

PLACES = Path(__file__).with_name("places.csv")


@dataclass(frozen=True, eq=False)
class Resident:
    first_name: str
    who: str
    came: str
    typed: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.typed['first_name']} {self.typed['last_name']}"


FARMER = Resident(
    "Marcel",
    "agriculteur à Die, joint par SMS,",
    "est venu",
    {
        "first_name": "Démo Marcel",
        "last_name": "Ferrand",
        "birth_date": "1968-05-14",
        "commune_insee": "26113",
        "phone": "06 39 98 12 34",
        "channel": "sms",
        "audiences": ["farmer"],
        "msa": True,
    },
)
RETIRED = Resident(
    "Jeanne",
    "retraitée à Crest, sans portable ni e-mail,",
    "est venue",
    {
        "first_name": "Démo Jeanne",
        "last_name": "Dubœuf",
        "birth_date": "1947-11-30",
        "commune_insee": "26108",
        "phone": "04 65 71 12 34",
        "postal_address": "3 rue de l'Exemple\n26400 Crest",
        "channel": "letter",
        "audiences": ["senior"],
    },
)
SEEKER = Resident(
    "Samir",
    "en recherche d'emploi à Valence, joint par e-mail,",
    "n'est pas venu",
    {
        "first_name": "Démo Samir",
        "last_name": "Haddad",
        "birth_date": "1991-02-07",
        "commune_insee": "26362",
        "email": "demo.samir@exemple.invalid",
        "channel": "email",
        "audiences": ["job_seeker"],
    },
)
RESIDENTS = (FARMER, RETIRED, SEEKER)


def personas() -> dict[str, Principal]:
    """By subject, without the «demo-»."""
    given = map(Persona.model_validate, json.loads(PERSONAS.read_text(encoding="utf-8")))
    return {persona.principal.subject.removeprefix("demo-"): persona.principal for persona in given}


def places_v1() -> bytes:
    """Real places of the Drôme in version 1.0 of the national standard, and one more that lacks its address."""
    text = io.StringIO(PLACES.read_text(encoding="utf-8"))
    columns = next(csv.reader(text))
    without_address = {
        "id": "demo-3",
        "nom": "Maison de démonstration",
        "commune": "Valence",
        "code_postal": "26000",
        "date_maj": date(2026, 3, 31).isoformat(),
    }
    text.seek(0, io.SEEK_END)
    csv.DictWriter(text, columns).writerow(without_address)
    return text.getvalue().encode()


def places_v0() -> bytes:
    """One more, in the older version 0.1, as messy as such files are."""
    place = {
        "id": "demo-4",
        "nom": "Fablab de démonstration",
        "commune": "LIVRON",
        "code_postal": "26250",
        "adresse": "3 chemin de la Démonstration",
        "services": "Prendre en main un ordinateur;Accéder à du matériel",
        "date_maj": "31/03/2026",
    }
    return json.dumps([place]).encode()
