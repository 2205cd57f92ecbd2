"""What prescription does: centres, residents, books, doubles, accesses, erasures. Each loads, decides, publishes."""

from services.prescription.usecases.beneficiaries import change_person, claim, claim_name, register
from services.prescription.usecases.books import Decided, Wish, cancel_book, correct, end_books, ended_books, prescribe
from services.prescription.usecases.centres import close_centre, upsert_centre, upsert_prescriber
from services.prescription.usecases.copies import (
    CopyAnswer,
    forget_copies,
    hand_copy,
    record_copy_answer,
    request_copy,
)
from services.prescription.usecases.doubles import declare_distinct, merge, same_person
from services.prescription.usecases.erasures import (
    erase,
    erase_at_once,
    erase_due,
    forget_old_bookings,
    forget_old_notices,
    forget_requests,
    forget_the_long_gone,
    long_gone,
    record_erasure_answer,
    request_erasure,
    tick_contacts,
    withdraw_erasure,
)
from services.prescription.usecases.forgetting import Forgotten, forget_again
from services.prescription.usecases.record_access import (
    agent,
    forget_accesses,
    give_reason,
    open_record,
    record_access,
    record_list_access,
    why_open,
)
from services.prescription.usecases.refolding import refold_names, stale_names
from services.prescription.usecases.replicas import record_booking, record_notices, record_opt_out, record_use
from services.prescription.usecases.search import count_alike, forget_searches, search
from services.prescription.usecases.sign_ins import end_sign_in

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
    "end_sign_in",
    "ended_books",
    "erase",
    "erase_at_once",
    "erase_due",
    "forget_accesses",
    "forget_again",
    "forget_copies",
    "forget_old_bookings",
    "forget_old_notices",
    "forget_requests",
    "forget_searches",
    "forget_the_long_gone",
    "give_reason",
    "hand_copy",
    "long_gone",
    "merge",
    "open_record",
    "prescribe",
    "record_access",
    "record_booking",
    "record_copy_answer",
    "record_erasure_answer",
    "record_list_access",
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
