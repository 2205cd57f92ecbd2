"""What prescription does: centres, residents, books, doubles, readings, erasures. Each loads, decides, says."""

from services.prescription.usecases.books import Decided, Wish, cancel_book, correct, end_books, ended_books, prescribe
from services.prescription.usecases.centres import close_centre, upsert_centre, upsert_prescriber
from services.prescription.usecases.changing import change_person, claim_name
from services.prescription.usecases.copying import (
    CopyAnswer,
    forget_copies,
    hand_copy,
    record_copy_answer,
    request_copy,
)
from services.prescription.usecases.doubles import declare_distinct, merge, same_person
from services.prescription.usecases.erasing import (
    erase,
    forget_old_bookings,
    forget_old_notices,
    forget_the_long_gone,
    long_gone,
    record_erasure_answer,
    tick_contacts,
)
from services.prescription.usecases.forgetting import Forgotten, forget_again
from services.prescription.usecases.news import record_booking, record_notices, record_opt_out, record_use
from services.prescription.usecases.people import claim, register
from services.prescription.usecases.readings import (
    agent,
    forget_readings,
    give_reason,
    read,
    record,
    record_list,
    why_open,
)
from services.prescription.usecases.refolding import refold_names, stale_names
from services.prescription.usecases.requesting import (
    erase_at_once,
    erase_due,
    forget_requests,
    request_erasure,
    withdraw_erasure,
)
from services.prescription.usecases.searching import count_alike, forget_searches, search

__all__ = [
    "CopyAnswer",
    "Decided",
    "Forgotten",
    "Wish",
    "agent",
    "cancel_book",
    "change_person",
    "claim",
    "claim_name",
    "close_centre",
    "correct",
    "count_alike",
    "declare_distinct",
    "end_books",
    "ended_books",
    "erase",
    "erase_at_once",
    "erase_due",
    "forget_again",
    "forget_copies",
    "forget_old_bookings",
    "forget_old_notices",
    "forget_readings",
    "forget_requests",
    "forget_searches",
    "forget_the_long_gone",
    "give_reason",
    "hand_copy",
    "long_gone",
    "merge",
    "prescribe",
    "read",
    "record",
    "record_booking",
    "record_copy_answer",
    "record_erasure_answer",
    "record_list",
    "record_notices",
    "record_opt_out",
    "record_use",
    "refold_names",
    "register",
    "request_copy",
    "request_erasure",
    "same_person",
    "search",
    "stale_names",
    "tick_contacts",
    "upsert_centre",
    "upsert_prescriber",
    "why_open",
    "withdraw_erasure",
]
