"""Centres and prescribers, beneficiaries, voucher books: what prescription decides. Rules 1 to 9."""

from services.prescription.model.beneficiary import Beneficiary
from services.prescription.model.book import Book
from services.prescription.model.centre import Centre, CentreForm, MayNotPrescribe, Prescriber, PrescriberForm
from services.prescription.model.change import CannotBeCorrected, Change
from services.prescription.model.copy import Copy, CopyNotReady, CopyOfAnother, CopyPart, check_copied_by
from services.prescription.model.double import (
    AlreadyKnown,
    AnswerAwaited,
    Double,
    LooksAlike,
    Merge,
    MergeExceedsTheCap,
    NothingToDecide,
    Resembling,
    SamePerson,
)
from services.prescription.model.erasure import Erasure
from services.prescription.model.figures import Figures, PastFigure, masked
from services.prescription.model.history import mark_current, merge_histories
from services.prescription.model.names import BornInTheFuture
from services.prescription.model.reading import Agent, PastReading, Reading, ReasonAsked
from services.prescription.model.record import Record
from services.prescription.model.registration import Registration
from services.prescription.model.replicas import Booking, BookingNews, TroubledNotice
from services.prescription.model.request import (
    Asked,
    ErasureAwaited,
    ErasureRequest,
    NothingToWithdraw,
    NotTheirCentre,
    check_may_erase,
)
from services.prescription.model.rights import (
    BookClosed,
    HoursAlreadyFollowed,
    HoursBooked,
    LifetimeReached,
    News,
    PreviousBookNotUsedUp,
    UseNotConfirmed,
    why_no_book,
    why_not_cancelled,
)
from services.prescription.model.search import SearchCount, SearchPolicy, TooManySearches
from services.prescription.model.voucher import Voucher
from services.prescription.model.whom import Digests

__all__ = [
    "Agent",
    "AlreadyKnown",
    "AnswerAwaited",
    "Asked",
    "Beneficiary",
    "Book",
    "BookClosed",
    "Booking",
    "BookingNews",
    "BornInTheFuture",
    "CannotBeCorrected",
    "Centre",
    "CentreForm",
    "Change",
    "Copy",
    "CopyNotReady",
    "CopyOfAnother",
    "CopyPart",
    "Digests",
    "Double",
    "Erasure",
    "ErasureAwaited",
    "ErasureRequest",
    "Figures",
    "HoursAlreadyFollowed",
    "HoursBooked",
    "LifetimeReached",
    "LooksAlike",
    "MayNotPrescribe",
    "Merge",
    "MergeExceedsTheCap",
    "News",
    "NotTheirCentre",
    "NothingToDecide",
    "NothingToWithdraw",
    "PastFigure",
    "PastReading",
    "Prescriber",
    "PrescriberForm",
    "PreviousBookNotUsedUp",
    "Reading",
    "ReasonAsked",
    "Record",
    "Registration",
    "Resembling",
    "SamePerson",
    "SearchCount",
    "SearchPolicy",
    "TooManySearches",
    "TroubledNotice",
    "UseNotConfirmed",
    "Voucher",
    "check_copied_by",
    "check_may_erase",
    "mark_current",
    "masked",
    "merge_histories",
    "why_no_book",
    "why_not_cancelled",
]
