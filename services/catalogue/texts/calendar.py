"""The sessions of a space or a mediator as a calendar that programs subscribe to (RFC 5545). It names nobody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from chassis.clock import PARIS
from chassis.french import counted
from services.catalogue.model import Session

PRODUCT = "-//Département de la Drôme//Pass numérique//FR"
LOOK_AGAIN = timedelta(hours=1)
CHANGES: tuple[tuple[type[TimezoneDaylight | TimezoneStandard], int, datetime, tuple[int, int]], ...] = (
    (TimezoneDaylight, 3, datetime(1996, 3, 31, 2), (1, 2)),  # noqa: DTZ001 - the zone's own wall, RFC 5545 §3.6.5
    (TimezoneStandard, 10, datetime(1996, 10, 27, 3), (2, 1)),  # noqa: DTZ001 - as above
)
STATUS = {"scheduled": "CONFIRMED", "cancelled": "CANCELLED"}


def calendar_of(name: str, sessions: Sequence[Session], url: str) -> bytes:
    """Write a calendar: a session has one UID, its SEQUENCE grows with each change, a cancelled one stays so."""
    calendar = Calendar(prodid=PRODUCT, version="2.0", method="PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Europe/Paris")
    calendar.add("refresh-interval", LOOK_AGAIN, parameters={"value": "DURATION"})
    calendar.add_component(_paris())
    for session in sessions:
        calendar.add_component(_event(session, url))
    written: bytes = calendar.to_ical()
    return written


def _paris() -> Timezone:
    """By its rule since 1996, which every program reads; a list of dates was misread by one (vobject: an hour off)."""
    zone = Timezone()
    zone.add("tzid", "Europe/Paris")
    for kind, month, begins, (before, then) in CHANGES:
        part = kind()
        part.add("dtstart", begins)
        part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
        part.add("tzoffsetfrom", timedelta(hours=before))
        part.add("tzoffsetto", timedelta(hours=then))
        zone.add_component(part)
    return zone


def feed_address(url: str, kind: str, about: UUID, code: str) -> str:
    """Write a calendar's address; `kind` is «espaces» or «mediateurs», the code the signature of whose it is."""
    return f"{url}/agenda/{kind}/{about}/{code}.ics"


def _event(session: Session, url: str) -> Event:
    event, where = Event(), session.where
    cancelled = session.state == "cancelled"
    title = session.training.title
    place = ", ".join(filter(None, (where.name, where.room, where.address, f"{where.postal_code} {where.commune}")))
    lines = {
        "uid": f"{session.id}@pass-numerique.drome",
        "sequence": session.version - 1,
        "dtstamp": session.changed_at,
        "last-modified": session.changed_at,
        "dtstart": session.starts_at.astimezone(PARIS),
        "dtend": session.ends_at.astimezone(PARIS),
        "summary": f"Annulée : {title}" if cancelled else title,
        "location": place,
        "description": _description(session),
        "status": STATUS[session.state],
        "url": f"{url}/seances/{session.id}",
    }
    for name, value in lines.items():
        event.add(name, value)
    return event


def _description(session: Session) -> str:
    if session.state == "cancelled":
        return f"Annulée : {session.reason}"
    return f"{counted(session.taken, 'inscrit')} sur {counted(session.capacity, 'place')}."
