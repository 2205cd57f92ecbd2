"""What a person decided about a book or one voucher of it: why, who, when, and whether booking has done it. Rule 7."""

from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import Refusal
from contracts.ids import BookId, VoucherId
from contracts.words import VoucherState
from services.prescription.model.record import Record

Kind = Literal["cancelled", "given_back", "voided"]
Reason = Literal["mistake", "not_present", "lost", "gone", "renounced", "other"]
AFTER: dict[Kind, VoucherState] = {"given_back": "available", "voided": "void", "cancelled": "void"}
BEFORE: dict[Kind, frozenset[VoucherState]] = {
    "given_back": frozenset({"consumed", "void"}),
    "voided": frozenset({"available"}),
    "cancelled": frozenset(),
}


class CannotBeCorrected(Refusal):
    """Rule 7."""

    def __init__(self, kind: Kind, state: VoucherState) -> None:
        what = "rendre cette heure" if kind == "given_back" else "annuler ce chèque"
        is_now = {
            "available": "le chèque est encore à utiliser",
            "held": "le chèque est réservé pour une séance, annulez d'abord la séance",
            "consumed": "l'heure a été suivie, rendez-la d'abord",
            "void": "le chèque est déjà annulé",
            "expired": "le chéquier est périmé",
        }
        super().__init__(f"Impossible de {what} : {is_now[state]}.")


class Change(Record):
    """`reason` is coded and travels in plain French; `note` is free text and stays here (rule 26).

    `thread` is the correlation of the request: what booking answers in the same thread settles it;
    `done` is false when the voucher had moved on meanwhile.
    """

    __tablename__ = "changes"
    __table_args__ = (
        CheckConstraint("kind in ('cancelled', 'given_back', 'voided')", name="kind"),
        CheckConstraint("reason in ('mistake', 'not_present', 'lost', 'gone', 'renounced', 'other')", name="reason"),
        CheckConstraint("(kind = 'cancelled') = (voucher_id is null)", name="one_voucher_or_the_book"),
        CheckConstraint("(done is null) = (confirmed_at is null)", name="answered"),
        Index(None, "book_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    book_id: Mapped[BookId] = mapped_column(ForeignKey("books.id"))
    voucher_id: Mapped[VoucherId | None] = mapped_column(ForeignKey("vouchers.id"))
    kind: Mapped[Kind]
    reason: Mapped[Reason]
    note: Mapped[str]
    by_subject: Mapped[str]
    by_name: Mapped[str]
    at: Mapped[datetime]
    thread: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    done: Mapped[bool | None]


def check(kind: Kind, state: VoucherState) -> None:
    """Raises CannotBeCorrected."""
    if state not in BEFORE[kind]:
        raise CannotBeCorrected(kind, state)
