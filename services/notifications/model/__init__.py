"""What notifications stores and decides."""

from services.notifications.model.facts import Facts
from services.notifications.model.notice import BY_HAND, Failure, NothingLeftToDo, Notice
from services.notifications.model.record import Record
from services.notifications.model.replicas import Booking, Centre, Contact, Mediator, Session
from services.notifications.model.schedule import reminders

__all__ = [
    "BY_HAND",
    "Booking",
    "Centre",
    "Contact",
    "Facts",
    "Failure",
    "Mediator",
    "NothingLeftToDo",
    "Notice",
    "Record",
    "Session",
    "reminders",
]
