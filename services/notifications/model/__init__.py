"""What notifications stores and decides."""

from services.notifications.model.access import Agent, ReasonAsked, RecordRead, Where
from services.notifications.model.agents import AgentMail, Recipient
from services.notifications.model.facts import Facts
from services.notifications.model.notice import (
    ANONYMOUS,
    BUDGET_SPENT,
    BY_HAND,
    FINAL,
    PERSON_NEEDS,
    TOGETHER,
    CallOutcome,
    CallTry,
    Failure,
    NothingLeftToDo,
    Notice,
    superseded,
)
from services.notifications.model.people import STOPPABLE, Merged, OptOut
from services.notifications.model.provider import Health, Provider, Receipt, Trouble, chosen
from services.notifications.model.record import Record
from services.notifications.model.replicas import Book, Booking, Centre, Contact, File, Mediator, Session
from services.notifications.model.reply import LONGEST, NoSuchReply, Reply, is_stop
from services.notifications.model.schedule import end_of, expiry_warnings, let_sleep, reminders

__all__ = [
    "ANONYMOUS",
    "BUDGET_SPENT",
    "BY_HAND",
    "FINAL",
    "LONGEST",
    "PERSON_NEEDS",
    "STOPPABLE",
    "TOGETHER",
    "Agent",
    "AgentMail",
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
    "Recipient",
    "Record",
    "RecordRead",
    "Reply",
    "Session",
    "Trouble",
    "Where",
    "chosen",
    "end_of",
    "expiry_warnings",
    "is_stop",
    "let_sleep",
    "reminders",
    "superseded",
]
