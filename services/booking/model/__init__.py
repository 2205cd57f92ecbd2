"""Wallets, sessions, bookings, files: what booking decides. Rules 14 to 19."""

from services.booking.model.actors import Mediator, Person, TroubledNotice
from services.booking.model.booking import (
    AlreadyMarked,
    Booking,
    NotStarted,
    TooLateToCancel,
    WaitingPerson,
)
from services.booking.model.file import File, FileOfAnother
from services.booking.model.record import Record
from services.booking.model.session import AlreadyBooked, OverlapsAnother, Session, SessionFull, SessionOver
from services.booking.model.wallet import LedgerEntry, NotEnoughVouchers, Voucher, Wallet

__all__ = [
    "AlreadyBooked",
    "AlreadyMarked",
    "Booking",
    "File",
    "FileOfAnother",
    "LedgerEntry",
    "Mediator",
    "NotEnoughVouchers",
    "NotStarted",
    "OverlapsAnother",
    "Person",
    "Record",
    "Session",
    "SessionFull",
    "SessionOver",
    "TooLateToCancel",
    "TroubledNotice",
    "Voucher",
    "WaitingPerson",
    "Wallet",
]
