"""What booking does. Each loads, decides, says; lock order: sessions, then wallets, then vouchers."""

from services.booking.usecases.books import cancel_book, correct_voucher, expire_book, receive_book
from services.booking.usecases.changing import Mark, cancel, give_back, mark, mark_everyone, note_call, settle_flag
from services.booking.usecases.copying import answer_copy
from services.booking.usecases.erasing import erase, forget_old_bookings, settle_unmarked
from services.booking.usecases.files import accept_file, hand_over, note_needs, plan, propose_again
from services.booking.usecases.merging import merge
from services.booking.usecases.people import about, forget_name, forget_old_troubles, keep_troubles, settle_troubles
from services.booking.usecases.seats import Request, book, book_together
from services.booking.usecases.sessions import (
    Followed,
    OfASession,
    cancel_session,
    keep_mediator,
    keep_session,
    keep_training,
    name_mediator,
    unname_mediator,
)
from services.booking.usecases.waiting import (
    accept_offer,
    decline_offer,
    join_waiting_list,
    lapse_offer,
    leave_waiting_list,
    refill,
)

__all__ = [
    "Followed",
    "Mark",
    "OfASession",
    "Request",
    "about",
    "accept_file",
    "accept_offer",
    "answer_copy",
    "book",
    "book_together",
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
    "keep_mediator",
    "keep_session",
    "keep_training",
    "keep_troubles",
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
    "refill",
    "settle_flag",
    "settle_troubles",
    "settle_unmarked",
    "unname_mediator",
]
