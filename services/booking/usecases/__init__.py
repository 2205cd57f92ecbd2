"""What booking does. Each loads, decides, publishes; lock order: sessions, then wallets, then vouchers."""

from services.booking.usecases.attendance import Mark, give_back, mark, mark_everyone, settle_unmarked
from services.booking.usecases.bookings import Request, book, book_batch, cancel
from services.booking.usecases.files import (
    accept_file,
    hand_over,
    note_call,
    note_needs,
    plan,
    propose_again,
    settle_flag,
)
from services.booking.usecases.merging import merge
from services.booking.usecases.replicas import (
    about,
    forget_name,
    forget_old_troubles,
    name_mediator,
    record_troubles,
    settle_troubles,
    unname_mediator,
    upsert_mediator,
    upsert_training,
)
from services.booking.usecases.sessions import LoadedSessions, SessionEvent, cancel_session, upsert_session
from services.booking.usecases.subject_requests import answer_copy, erase, forget_old_bookings
from services.booking.usecases.waiting import (
    accept_offer,
    decline_offer,
    join_waiting_list,
    lapse_offer,
    leave_waiting_list,
    refill,
)
from services.booking.usecases.wallets import cancel_book, correct_voucher, expire_book, receive_book

__all__ = [
    "LoadedSessions",
    "Mark",
    "Request",
    "SessionEvent",
    "about",
    "accept_file",
    "accept_offer",
    "answer_copy",
    "book",
    "book_batch",
    "cancel",
    "cancel_book",
    "cancel_session",
    "correct_voucher",
    "decline_offer",
    "erase",
    "expire_book",
    "forget_name",
    "forget_old_bookings",
    "forget_old_troubles",
    "give_back",
    "hand_over",
    "join_waiting_list",
    "lapse_offer",
    "leave_waiting_list",
    "mark",
    "mark_everyone",
    "merge",
    "name_mediator",
    "note_call",
    "note_needs",
    "plan",
    "propose_again",
    "receive_book",
    "record_troubles",
    "refill",
    "settle_flag",
    "settle_troubles",
    "settle_unmarked",
    "unname_mediator",
    "upsert_mediator",
    "upsert_session",
    "upsert_training",
]
