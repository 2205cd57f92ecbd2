"""Vouchers, and the ledger of every move with its cause. Rules 7 and 15.

The schema holds the fold: a voucher points at the last move that made its state, a move at the one before it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import Refusal
from contracts.ids import BeneficiaryId, BookId, BookingId, VoucherId
from contracts.words import Actor, ActorKind, VoucherState
from county.wording import VOUCHERS
from services.booking.model.record import Record

MOVES = {
    ("available", "held"),
    ("held", "consumed"),
    ("held", "available"),
    ("available", "void"),
    ("available", "expired"),
    ("consumed", "available"),  # a correction gives an hour back (rule 7)
    ("void", "available"),  # and takes back what was voided by mistake
}
ALLOWED = ", ".join(f"('{before}', '{after}')" for before, after in sorted(MOVES))
ORGANISER, PRESCRIBER, SYSTEM = Actor(kind="organiser"), Actor(kind="prescriber"), Actor(kind="system")
LAST_MOVE = ("ledger.voucher_id", "ledger.number", "ledger.state_after")


Move = dict[str, Any]
"""A line on its way into the ledger: the columns of `LedgerEntry`."""


class ImpossibleMove(Refusal):
    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"Un chèque «{VOUCHERS[before]}» ne peut pas devenir «{VOUCHERS[after]}».")


@dataclass(frozen=True)
class Cause:
    """Why a voucher moves, by whom, when; and for which booking."""

    reason: str
    by: Actor
    at: datetime
    booking_id: BookingId | None = None


class Voucher(Record):
    """One hour. `rank` is its book's, `position` its place in the book: the oldest is spent first.

    `moves` counts its moves. `ends_as` is what it becomes when it is given back: its book was cancelled or expired
    while it was held.
    """

    __tablename__ = "vouchers"
    __table_args__ = (
        CheckConstraint("state in ('available', 'held', 'consumed', 'void', 'expired')", name="state"),
        CheckConstraint("ends_as in ('void', 'expired')", name="ends_as"),
        CheckConstraint("(state = 'held') <= (booking_id is not null)", name="held_for_a_booking"),
        ForeignKeyConstraint(
            ("id", "moves", "state"),
            LAST_MOVE,
            name="fk_vouchers_last_move",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        Index(None, "beneficiary_id"),
        Index(None, "booking_id"),
    )

    id: Mapped[VoucherId] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("wallets.beneficiary_id"))
    book_id: Mapped[BookId]
    rank: Mapped[int]
    position: Mapped[int]
    state: Mapped[VoucherState]
    moves: Mapped[int]
    ends_as: Mapped[Literal["void", "expired"] | None]
    booking_id: Mapped[BookingId | None]

    def received(self, cause: Cause) -> Move:
        """Make the first entry of its ledger."""
        self.state, self.moves = "available", 0
        return self._entry(None, cause)

    def moved(self, state: VoucherState, cause: Cause) -> Move:
        """Change the state and make the entry. Raises ImpossibleMove."""
        before = self.state
        if (before, state) not in MOVES:
            raise ImpossibleMove(before, state)
        self.state, self.moves = state, self.moves + 1
        self.booking_id = cause.booking_id if state in {"held", "consumed"} else None
        return self._entry(before, cause)

    def _entry(self, before: VoucherState | None, cause: Cause) -> Move:
        return {
            "beneficiary_id": self.beneficiary_id,
            "voucher_id": self.id,
            "number": self.moves,
            "previous": self.moves - 1 if self.moves else None,
            "state_before": before,
            "state_after": self.state,
            "reason": cause.reason,
            "booking_id": cause.booking_id,
            "by_kind": cause.by.kind,
            "by_id": cause.by.id,
            "at": cause.at,
        }


class LedgerEntry(Record):
    """One move of one voucher, the first being that it was prescribed. Entries are added, never changed."""

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint(
            "case when number = 0 then previous is null and state_before is null and state_after = 'available' "
            f"else previous = number - 1 and (state_before, state_after) in ({ALLOWED}) end",
            name="move",
        ),
        UniqueConstraint("voucher_id", "number", "state_after"),
        ForeignKeyConstraint(("voucher_id", "previous", "state_before"), LAST_MOVE, name="fk_ledger_previous_move"),
        Index(None, "beneficiary_id", "at"),
    )

    voucher_id: Mapped[VoucherId] = mapped_column(
        ForeignKey("vouchers.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    previous: Mapped[int | None]
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("wallets.beneficiary_id"))
    state_before: Mapped[VoucherState | None]
    state_after: Mapped[VoucherState]
    reason: Mapped[str]
    booking_id: Mapped[BookingId | None]
    by_kind: Mapped[ActorKind]
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]
