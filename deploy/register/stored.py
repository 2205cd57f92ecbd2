"""Which tables there are, what is said of each, and how long that is by the settings."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData

from chassis.db import chassis_tables
from chassis.web.idempotency import FORGOTTEN_AFTER
from county.law.pages import in_words, long
from county.settings import CountySettings
from services.booking import app as booking
from services.booking.model import Record as BookingRecord
from services.catalogue import app as catalogue
from services.catalogue.model import Record as CatalogueRecord
from services.notifications import app as notifications
from services.notifications.model import Record as NotificationsRecord
from services.prescription import app as prescription
from services.prescription.model import Record as PrescriptionRecord

FILE = Path(__file__).with_name("stored.csv")
TITLES = {
    "prescription": "Prescription",
    "catalogue": "Catalogue",
    "booking": "Réservation",
    "notifications": "Messages",
    "chassis": "Chacun des quatre services",
}
MADE_BY = (prescription, catalogue, booking, notifications)
"""Together they import every table."""
TABLES: Mapping[str, MetaData] = {
    "prescription": PrescriptionRecord.metadata,
    "catalogue": CatalogueRecord.metadata,
    "booking": BookingRecord.metadata,
    "notifications": NotificationsRecord.metadata,
    "chassis": chassis_tables,
}


@dataclass(frozen=True)
class Stored:
    """`whose` is «-» when it speaks of nobody; `until` names a duration of `durations()`."""

    service: str
    table: str
    whose: str
    what: str
    until: str


def setting(name: str) -> str:
    return f"`PASS_RETAIN_{name.upper()}`"


def durations() -> Mapping[str, str]:
    """In words, with the setting that says so."""
    lasts = in_words(CountySettings.model_construct())
    return {
        "residents": f"{lasts['retain_residents']} après la dernière heure, puis effacé ({setting('residents')})",
        "bookings": f"{lasts['retain_bookings']} après la séance, puis sans personne ({setting('bookings')})",
        "contents": f"{lasts['retain_contents']} après l'envoi ({setting('contents')})",
        "proofs": f"{lasts['retain_proofs']}, puis effacé ou sans personne ({setting('proofs')})",
        "readings": f"{lasts['retain_readings']} ({setting('readings')})",
        "acts": f"{lasts['retain_acts']} ({setting('acts')}), ce qui n'est que lu {lasts['retain_readings']}",
        "copies": f"{lasts['retain_copies']} après la dernière réponse ({setting('copies')})",
        "requests": f"{lasts['retain_requests']} après sa fin ({setting('requests')})",
        "settled": f"{lasts['retain_settled']} après la décision ({setting('settled')})",
        "published": f"{lasts['retain_published']} ({setting('published')})",
        "keys": long(FORGOTTEN_AFTER),
        "receipts": "7 jours",
        "asked": "quelques heures au plus",
        "sign_ins": "12 heures au plus",
        "at_once": "jusqu'à la publication, quelques secondes",
        "seat": "jusqu'à la séance",
        "always": "tant que le service existe",
        "-": "",
    }


def stored() -> Sequence[Stored]:
    with FILE.open(encoding="utf-8") as file:
        return [Stored(**row) for row in csv.DictReader(file)]


def differences() -> Iterator[str]:
    """Tables of which nothing is said, and what is said of no table."""
    there = {(service, table) for service, tables in TABLES.items() for table in tables.tables}
    explained = {(row.service, row.table) for row in stored()}
    yield from (f"{service}.{table} is not in {FILE.name}" for service, table in sorted(there - explained))
    yield from (
        f"{FILE.name} speaks of {service}.{table}, which is not there" for service, table in sorted(explained - there)
    )
    yield from (f"{row.table}: «{row.until}» is no duration" for row in stored() if row.until not in durations())
