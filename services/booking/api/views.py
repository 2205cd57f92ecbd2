"""What the API shows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel

from contracts.booking import BookUse
from contracts.ids import BeneficiaryId, BookingId, MediatorId, SessionId, TrainingId
from services.booking.model import LedgerEntry, Wallet


class View(BaseModel):
    @classmethod
    def of(cls, shown: object) -> Self:
        return cls.model_validate(shown, from_attributes=True)


class FileView(View):
    beneficiary_id: BeneficiaryId
    state: str
    mediator_id: MediatorId | None
    opened_at: datetime
    proposed_at: datetime
    needs: list[str]
    level: str | None
    plan: list[TrainingId]


class SessionView(View):
    id: SessionId
    state: str
    training_id: TrainingId
    training_code: str
    training_title: str
    place: dict[str, Any]
    starts_at: datetime
    ends_at: datetime
    price: int
    capacity: int
    taken: int
    offered: int
    waiting: int


class BookingView(View):
    """`offered_until` is set while a seat is only offered."""

    id: BookingId
    session_id: SessionId
    beneficiary_id: BeneficiaryId | None
    state: str
    starts_at: datetime
    ends_at: datetime
    offered_until: datetime | None


class WaitingView(View):
    session_id: SessionId
    beneficiary_id: BeneficiaryId
    place: int


class Move(View):
    """One line of the ledger; the first one of a voucher has no state before."""

    voucher_id: UUID
    number: int
    state_before: str | None
    state_after: str
    reason: str
    by_kind: str
    at: datetime


class WalletView(BaseModel):
    beneficiary_id: BeneficiaryId
    hours_followed: int
    absences: int
    late_cancellations: int
    books: list[BookUse]
    ledger: list[Move]

    @classmethod
    def of(cls, wallet: Wallet, ledger: Iterable[LedgerEntry]) -> Self:
        return cls(
            beneficiary_id=wallet.beneficiary_id,
            hours_followed=wallet.hours_followed,
            absences=wallet.absences,
            late_cancellations=wallet.late_cancellations,
            books=wallet.uses(),
            ledger=[Move.of(entry) for entry in ledger],
        )
