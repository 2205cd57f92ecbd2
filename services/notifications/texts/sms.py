"""A notice as one SMS segment: the fullest wording that fits. Rule 22."""

from collections.abc import Iterator
from itertools import product

from chassis.clock import PARIS
from chassis.web.french import DAYS, phone
from services.notifications.model import Facts
from services.notifications.texts.gsm7 import ONE, gsm7, length, segments

__all__ = ["segments", "sms"]

SHORT_MONTHS = ("janv.", "fév.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
LONGEST_NAME = 30  # characters of a place's name, when everything must be short
BY_PLACE = frozenset({"booking_confirmed", "booking_moved", "seat_offered", "reminder_48h", "reminder_3h"})

HEADS = {
    "book_prescribed": "Pass numérique : vous avez 5 heures de formation gratuites. Un médiateur va vous appeler.",
    "file_accepted": "Pass numérique : {mediator} vous accompagne. Il vous appelle pour fixer votre première heure.",
    "booking_confirmed": "Pass numérique : séance réservée {when}",
    "booking_moved": "Pass numérique : votre séance CHANGE. Elle a lieu {when}",
    "booking_cancelled": "Pass numérique : la séance du {when} est ANNULÉE. Vos chèques vous sont rendus.",
    "seat_offered": "Pass numérique : une place est libre {when}",
    "reminder_48h": "Rappel Pass numérique : séance {when}",
    "reminder_3h": "Rappel Pass numérique : c'est aujourd'hui, {when}",
    "book_nearly_empty": "Pass numérique : il vous reste 1 heure ou moins. Vous pouvez en demander d'autres.",
    "book_expiring": "Pass numérique : vos heures vont se périmer. Fixez une séance.",
    "long_unseen": "Pass numérique : il vous reste des heures gratuites. Fixons une séance.",
}


def sms(facts: Facts) -> str:
    """One segment of GSM-7; what does not fit goes: the street, then what to bring, then the end of a long name."""
    tries = [gsm7(text) for text in _wordings(facts)]
    return next((text for text in tries if length(text) <= ONE), tries[-1][:ONE])


def _wordings(facts: Facts) -> Iterator[str]:
    head = HEADS[facts.kind].format(when=_when(facts), mediator=facts.mediator.name if facts.mediator else "quelqu'un")
    call = f"Une question ? {phone(facts.call)}" if facts.call else ""
    if facts.kind not in BY_PLACE or not facts.session:
        yield from (_joined(head, call), head)
        return
    bring = facts.session.bring
    bringing = "" if bring.lower().startswith("rien") else f"Apportez : {bring[:1].lower()}{bring[1:]}"
    missing = f"Empêché ? {phone(facts.call)}" if facts.call else ""
    for bring_part, place in product((bringing, ""), _places(facts)):
        yield _joined(f"{head}, {place}.", bring_part, missing)


def _places(facts: Facts) -> list[str]:
    if facts.session is None:
        return []
    where = facts.session.where
    named = [f"{where.name}, {where.address}, {where.commune}", f"{where.name}, {where.commune}"]
    return [*named, f"{where.name[:LONGEST_NAME].rstrip()}, {where.commune}"]


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _when(facts: Facts) -> str:
    """«mardi 24 nov. à 14h30», Paris time."""
    if facts.starts_at is None:
        return ""
    local = facts.starts_at.astimezone(PARIS)
    minutes = f"{local.minute:02}" if local.minute else ""
    return f"{DAYS[local.weekday()]} {local.day} {SHORT_MONTHS[local.month - 1]} à {local.hour}h{minutes}"
