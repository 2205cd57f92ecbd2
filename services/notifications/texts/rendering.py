"""Fills templates, which are files, with what they may say of a notice, in the words of people.

`templates/<kind>/<channel>`: plain text as it is, HTML with its values escaped.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from chassis.clock import PARIS
from chassis.french import DAYS, day, moment
from contracts.catalogue import Place
from county.phones import phone
from services.notifications.model import Facts

FOLDER = Path(__file__).parent / "templates"
SHORT_MONTHS = ("janv.", "fév.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
CANCELS = frozenset({"booking_confirmed", "booking_moved", "reminder_48h", "reminder_3h"})


@cache
def template(name: str) -> Template:
    escaped = name.endswith(".html")
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=escaped,  # noqa: S701 - text is text; HTML is escaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def rendered(name: str, words: Mapping[str, Any]) -> str:
    return template(name).render(words).strip()


def values(facts: Facts, now: datetime) -> dict[str, Any]:
    """List what templates may say. A value that is not known is empty, never missing."""
    mediator = facts.mediator.name if facts.mediator else ""
    return {
        "first": facts.contact.first_name,
        "mediator": mediator,
        "who": mediator or "Un médiateur numérique",
        "centre": facts.centre.name if facts.centre else "Votre centre",
        "centre_call": phone(facts.centre.phone if facts.centre else None),
        "phone": phone(facts.call),
        "dialled": facts.call or "",
        "call": phone(facts.call) or "voyez votre centre",
        "link": facts.link,
        "stop": facts.stop,
        "informs": facts.informs,
        "informs_short": facts.informs.partition("://")[2],
        "cancels": facts.kind in CANCELS,
        **_until(facts, now),
        **_when(facts, now),
        **_where(facts),
    }


def _until(facts: Facts, now: datetime) -> dict[str, str]:
    """A moment, its day, and the last day of a book."""
    until, expires = facts.until, facts.expires_on
    return {
        "until": soon(until, now),
        "until_long": moment(until) if until else "",
        "until_day": short_day(until.astimezone(PARIS).date() if until else None),
        "until_day_long": day(until) if until else "",
        "expires": short_day(expires),
        "expires_long": day(expires) if expires else "",
    }


def _when(facts: Facts, now: datetime) -> dict[str, str]:
    """`day` goes before the date, `day_word` stands alone."""
    if facts.starts_at is None:
        return dict.fromkeys(("when", "when_long", "day", "day_word", "day_long"), "")
    distance = (facts.starts_at.astimezone(PARIS).date() - now.astimezone(PARIS).date()).days
    near = {0: "aujourd'hui", 1: "demain"}.get(distance, "")
    return {
        "when": short(facts.starts_at),
        "when_long": moment(facts.starts_at),
        "day": f"{near} " if near else "",
        "day_word": near or "bientôt",
        "day_long": near or (f"dans {distance} jours" if distance > 0 else "bientôt"),
    }


def _where(facts: Facts) -> dict[str, str]:
    session = facts.session
    if session is None:
        return dict.fromkeys(("place", "room", "street", "commune", "where", "training", "bring", "bring_long"), "")
    where, nothing = session.where, session.bring.lower().startswith("rien")
    bring = "" if nothing else session.bring[:1].lower() + session.bring[1:].rstrip(". ")
    return {
        "place": where.name,
        "room": where.room,
        "street": where.address,
        "commune": where.commune,
        "where": in_full(where),
        "training": session.training_title,
        "bring": bring,
        "bring_long": session.bring,
    }


def in_full(where: Place) -> str:
    """Write «8 Fablab, salle bleue, 8 rue Courre Commère, 26400 Crest»."""
    parts = (where.name, where.room, where.address, f"{where.postal_code} {where.commune}")
    return ", ".join(part for part in parts if part)


def short(at: datetime | None) -> str:
    """Write «mardi 24 nov. à 14h30», Paris time."""
    if at is None:
        return ""
    local = at.astimezone(PARIS)
    return f"{short_day(local.date())} à {local.hour}h{f'{local.minute:02}' if local.minute else ''}"


def soon(at: datetime | None, now: datetime) -> str:
    """Write «lundi à 14h», when that can be no other Monday."""
    if at is None or at - now > timedelta(days=6):
        return short(at)
    local = at.astimezone(PARIS)
    return f"{DAYS[local.weekday()]} à {local.hour}h{f'{local.minute:02}' if local.minute else ''}"


def short_day(on: date | None) -> str:
    return f"{DAYS[on.weekday()]} {on.day} {SHORT_MONTHS[on.month - 1]}" if on else ""
