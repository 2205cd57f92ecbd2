"""Centres and prescribers, beneficiaries, voucher books: what prescription decides. Rules 1 to 9."""

from services.prescription.model.beneficiary import AlreadyKnown, Beneficiary, Registration, TroubledNotice
from services.prescription.model.book import Book, LifetimeReached, PreviousBookNotUsedUp, Voucher
from services.prescription.model.centre import Centre, CentreForm, MayNotPrescribe, Prescriber, PrescriberForm
from services.prescription.model.record import Record

__all__ = [
    "AlreadyKnown",
    "Beneficiary",
    "Book",
    "Centre",
    "CentreForm",
    "LifetimeReached",
    "MayNotPrescribe",
    "Prescriber",
    "PrescriberForm",
    "PreviousBookNotUsedUp",
    "Record",
    "Registration",
    "TroubledNotice",
    "Voucher",
]
