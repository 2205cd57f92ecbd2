"""Wallets, sessions, bookings, files: what booking decides. Rules 14 to 19."""

from services.booking.model import attendance
from services.booking.model.booking import Booking
from services.booking.model.file import File, FileMove, FileOfAnother
from services.booking.model.ledger import Cause, LedgerEntry, Move, Voucher
from services.booking.model.record import Record
from services.booking.model.refusals import (
    AlreadyBooked,
    AlreadyMarked,
    NotStarted,
    NotYourPerson,
    NotYourSession,
    OfferEnded,
    OverlapsAnother,
    ReasonMissing,
    SeatsLeft,
    SessionFull,
    SessionOver,
)
from services.booking.model.replicas import Alias, Mediator, Person, Training, TroubledNotice
from services.booking.model.session import Session
from services.booking.model.waiting import WaitingPerson
from services.booking.model.wallet import Flag, NotEnoughVouchers, Wallet

__all__ = [
    "Alias",
    "AlreadyBooked",
    "AlreadyMarked",
    "Booking",
    "Cause",
    "File",
    "FileMove",
    "FileOfAnother",
    "Flag",
    "LedgerEntry",
    "Mediator",
    "Move",
    "NotEnoughVouchers",
    "NotStarted",
    "NotYourPerson",
    "NotYourSession",
    "OfferEnded",
    "OverlapsAnother",
    "Person",
    "ReasonMissing",
    "Record",
    "SeatsLeft",
    "Session",
    "SessionFull",
    "SessionOver",
    "Training",
    "TroubledNotice",
    "Voucher",
    "WaitingPerson",
    "Wallet",
    "attendance",
]
