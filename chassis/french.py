"""Dates, hours and counts as people read them in France; times are shown for Europe/Paris."""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from chassis.clock import PARIS

NO_BREAK = "\N{NO-BREAK SPACE}"
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)

SHORT_MONTHS = {
    "janvier": "janv.",
    "février": "févr.",
    "avril": "avr.",
    "juillet": "juil.",
    "septembre": "sept.",
    "octobre": "oct.",
    "novembre": "nov.",
    "décembre": "déc.",
}


def day(value: date) -> str:
    """Write «mardi 24 novembre 2026», «dimanche 1er mars 2026»."""
    local = value.astimezone(PARIS) if isinstance(value, datetime) else value
    number = "1er" if local.day == 1 else str(local.day)
    return f"{DAYS[local.weekday()]} {number} {MONTHS[local.month - 1]} {local.year}"


def weekday(value: date) -> str:
    return day(value).partition(" ")[0]


def day_number(value: date) -> str:
    return day(value).split()[1]


def abridged(month: str) -> str:
    """Write «déc.», «mars» for the name of a month."""
    return SHORT_MONTHS.get(month, month)


def short_month(value: date) -> str:
    return abridged(day(value).split()[2])


def short_day(value: date) -> str:
    """Write «24 nov.», «1er mars»."""
    return f"{day_number(value)} {short_month(value)}"


def day_of_year(value: date) -> str:
    """Write «mardi 24 novembre»: the year goes without saying."""
    return day(value).rpartition(" ")[0]


def hour(value: datetime) -> str:
    """Write «14 h 30», «9 h»."""
    local = value.astimezone(PARIS)
    return f"{local.hour} h {local.minute:02}" if local.minute else f"{local.hour} h"


def moment(value: datetime) -> str:
    return f"{day(value)} à {hour(value)}"


def of_name(name: str) -> str:
    """Write «de Karim», «d'Anne», «d'une personne»; before an H, whose sound nobody can see, «de»."""
    begins = unicodedata.normalize("NFD", name)[:1].lower()
    return f"d'{name}" if begins and begins in "aeiouyœæ" else f"de {name}"


def initials(name: str) -> str:
    """Write «DK» for «Démo Karim (médiateur)»."""
    return "".join(word[0] for word in name.partition("(")[0].split()[:2]).upper()


def counted(number: int, singular: str, plural: str = "") -> str:
    """Write «1 heure», «2 heures», «0 heure», «20 000 heures»."""
    grouped = f"{number:,}".replace(",", NO_BREAK)
    return f"{grouped} {singular if number < 2 else plural or singular + 's'}"  # noqa: PLR2004 - French plurals begin at two


def local_input(value: datetime) -> str:
    """Write a moment as a `datetime-local` field wants it, Paris time."""
    return value.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


def unbroken(words: Callable[..., str]) -> Callable[..., str]:
    """Return what writes the same without a line break inside: a page needs that, a text message plain spaces."""
    return lambda value: words(value).replace(" ", NO_BREAK)


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "weekday": weekday,
    "abridged": abridged,
    "day_number": day_number,
    "short_month": short_month,
    "short_day": unbroken(short_day),
    "day_of_year": day_of_year,
    "hour": unbroken(hour),
    "moment": lambda value: f"{day(value)} à {unbroken(hour)(value)}",
    "counted": counted,
    "initials": initials,
    "local_input": local_input,
}
