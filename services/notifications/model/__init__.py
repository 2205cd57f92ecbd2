"""What notifications stores and decides."""

from services.notifications.model.agent import Agent, ReasonAsked
from services.notifications.model.facts import Facts
from services.notifications.model.notice import (
    ANONYMOUS,
    BUDGET_SPENT,
    BY_HAND,
    FINAL,
    PERSON_NEEDS,
    Failure,
    NothingLeftToDo,
    Notice,
)
from services.notifications.model.people import STOPPABLE, Book, CallOutcome, CallTry, Merged, OptOut, RecordRead, Where
from services.notifications.model.provider import Health, Provider, Receipt, Trouble, chosen
from services.notifications.model.record import Record
from services.notifications.model.replicas import Booking, Centre, Contact, File, Mediator, Session
from services.notifications.model.reply import NoSuchReply, Reply
from services.notifications.model.schedule import end_of, expiry_warnings, held, reminders
from services.notifications.model.sense import TOGETHER, superseded

__all__ = [
    "ANONYMOUS",
    "BUDGET_SPENT",
    "BY_HAND",
    "FINAL",
    "PERSON_NEEDS",
    "STOPPABLE",
    "TOGETHER",
    "Agent",
    "Book",
    "Booking",
    "CallOutcome",
    "CallTry",
    "Centre",
    "Contact",
    "Facts",
    "Failure",
    "File",
    "Health",
    "Mediator",
    "Merged",
    "NoSuchReply",
    "NothingLeftToDo",
    "Notice",
    "OptOut",
    "Provider",
    "ReasonAsked",
    "Receipt",
    "Record",
    "RecordRead",
    "Reply",
    "Session",
    "Trouble",
    "Where",
    "chosen",
    "end_of",
    "expiry_warnings",
    "held",
    "reminders",
    "superseded",
]
