"""The calendar file of an e-mail (RFC 5545): one event, the same UID each time, so that a change replaces it."""

from datetime import datetime, timedelta
from uuid import UUID

from icalendar import Alarm, Calendar, Event

from services.notifications.model import Facts, Session
from services.notifications.texts.rendering import in_full

ALARM_BEFORE = timedelta(hours=3)


def calendar_file(facts: Facts, uid: UUID, now: datetime) -> str:
    """Write it of a booking, else «». SEQUENCE grows with each change, and once more when the session is called off."""
    if facts.session is None or facts.starts_at is None or facts.kind == "seat_offered":
        return ""
    cancelled = facts.kind == "booking_cancelled"
    sequence = (facts.booking.edition if facts.booking else 0) + cancelled
    calendar = Calendar(
        prodid="-//Département de la Drôme//Pass numérique//FR",
        version="2.0",
        method="CANCEL" if cancelled else "PUBLISH",
    )
    event = _event(facts, facts.session)
    for name, value in {"uid": f"{uid}@pass-numerique.drome", "sequence": sequence, "dtstamp": now}.items():
        event.add(name, value)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if not cancelled:
        event.add_component(_alarm())
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()


def _event(facts: Facts, session: Session) -> Event:
    event = Event()
    event.add("dtstart", facts.starts_at)
    event.add("dtend", facts.ends_at)
    event.add("summary", f"Pass numérique : {session.training_title}")
    event.add("location", in_full(session.where))
    return event


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Pass numérique")
    alarm.add("trigger", -ALARM_BEFORE)
    return alarm
