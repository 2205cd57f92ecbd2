"""The sessions of a space or a mediator as a calendar that programs subscribe to (RFC 5545)."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from icalendar import Calendar, Event

from chassis.clock import PARIS
from services.catalogue.model import Session

PRODUCT = "-//Département de la Drôme//Pass numérique//FR"
LOOK_AGAIN = timedelta(hours=1)
STATUS = {"scheduled": "CONFIRMED", "cancelled": "CANCELLED"}


def calendar_of(name: str, sessions: Sequence[Session], url: str) -> bytes:
    """A session keeps its UID; its SEQUENCE grows with each change; a cancelled one stays, as cancelled."""
    calendar = Calendar(prodid=PRODUCT, version="2.0", method="PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Europe/Paris")
    calendar.add("refresh-interval", LOOK_AGAIN, parameters={"value": "DURATION"})
    for session in sessions:
        calendar.add_component(_event(session, url))
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def feed_address(url: str, kind: str, about: UUID, code: str) -> str:
    """`kind` is «espaces» or «mediateurs»; the code is the signature of the one whose calendar it is."""
    return f"{url}/agenda/{kind}/{about}/{code}.ics"


def _event(session: Session, url: str) -> Event:
    event, where = Event(), session.space.where
    cancelled = session.state == "cancelled"
    title = session.training.title
    place = ", ".join(filter(None, (where.name, session.room, where.address, f"{where.postal_code} {where.commune}")))
    lines = {
        "uid": f"{session.id}@pass-numerique.drome",
        "sequence": session.version - 1,
        "dtstamp": session.changed_at,
        "last-modified": session.changed_at,
        "dtstart": session.starts_at.astimezone(PARIS),
        "dtend": session.ends_at.astimezone(PARIS),
        "summary": f"Annulée : {title}" if cancelled else title,
        "location": place,
        "description": _told(session),
        "status": STATUS[session.state],
        "url": f"{url}/seances/{session.id}",
    }
    for name, value in lines.items():
        event.add(name, value)
    return event


def _told(session: Session) -> str:
    if session.state == "cancelled":
        return f"Annulée : {session.reason}"
    return f"Avec {session.mediator.name}. {session.taken} inscrits sur {session.capacity} places."
