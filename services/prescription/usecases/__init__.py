"""What prescription does: centres, residents, books, doubles, readings, erasures. Each loads, decides, says."""

from services.prescription.usecases.books import Decided, Wish, cancel_book, correct, end_books, prescribe
from services.prescription.usecases.centres import close_centre, keep_centre, keep_prescriber
from services.prescription.usecases.changing import change_person, claim_name
from services.prescription.usecases.doubles import declare_distinct, merge, same_person
from services.prescription.usecases.erasing import (
    erase,
    forget_the_long_gone,
    forget_what_is_old,
    keep_answer,
    tick_contacts,
)
from services.prescription.usecases.news import keep_booking, keep_notices, keep_opt_out, keep_use
from services.prescription.usecases.people import claim, register
from services.prescription.usecases.readings import agent, give_reason, read, record, record_list, why_open
from services.prescription.usecases.refolding import refold_names
from services.prescription.usecases.searching import forget_searches, search

__all__ = [
    "Decided",
    "Wish",
    "agent",
    "cancel_book",
    "change_person",
    "claim",
    "claim_name",
    "close_centre",
    "correct",
    "declare_distinct",
    "end_books",
    "erase",
    "forget_searches",
    "forget_the_long_gone",
    "forget_what_is_old",
    "give_reason",
    "keep_answer",
    "keep_booking",
    "keep_centre",
    "keep_notices",
    "keep_opt_out",
    "keep_prescriber",
    "keep_use",
    "merge",
    "prescribe",
    "read",
    "record",
    "record_list",
    "refold_names",
    "register",
    "same_person",
    "search",
    "tick_contacts",
    "why_open",
]
