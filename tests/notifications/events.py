"""What booking and prescription say, as these tests hear it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from contracts.booking import BookingCancelled, BookingMoved, BookUse, WalletChanged
from contracts.ids import BeneficiaryId, BookId, CentreId, PrescriberId, VoucherId, uuid7
from contracts.prescription import BookPrescribed
from contracts.words import Actor

BY = Actor(kind="organiser")


def moved(booking: Any, version: int, starts: datetime) -> BookingMoved:
    return BookingMoved(
        booking_id=booking.booking_id, session_id=booking.session_id, beneficiary_id=booking.beneficiary_id,
        session_version=version, starts_at=starts, ends_at=starts + timedelta(hours=1),
    )  # fmt: skip


def cancelled(booking: Any, *, late: bool = False) -> BookingCancelled:
    return BookingCancelled(
        booking_id=booking.booking_id, session_id=booking.session_id, beneficiary_id=booking.beneficiary_id,
        by=BY, reason="animateur malade", late=late, vouchers_returned=0 if late else 1,
    )  # fmt: skip


def prescribed(person: BeneficiaryId, expires_on: date | None = None, when: datetime | None = None) -> BookPrescribed:
    ids = tuple(VoucherId(uuid7()) for _ in range(5))
    named = {"book_id": BookId(uuid7()), "beneficiary_id": person, "rank": 1, "voucher_ids": ids, "audiences": ()}
    by = {"centre_id": CentreId(uuid7()), "prescriber_id": PrescriberId(uuid7()), "need": "first_steps"}
    return BookPrescribed.model_validate(
        {**named, **by, "prescribed_at": when or datetime.now(UTC), "expires_on": expires_on}
    )


def wallet(book: BookPrescribed, available: int, version: int = 1, hours: int = 0) -> WalletChanged:
    use = BookUse(book_id=book.book_id, available=available, held=0, consumed=5 - available, void=0, expired=0)
    return WalletChanged(
        beneficiary_id=book.beneficiary_id, version=version, books=(use,), hours_followed=hours, first_hour_on=None
    )
