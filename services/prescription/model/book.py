"""Books of five vouchers, one after the other, and what is decided about them. Rules 1, 2, 6, 7, 8."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, Self, get_args

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.refusal import NotFound, Refusal
from contracts.booking import BookUse
from contracts.ids import BeneficiaryId, BookId, CentreId, PrescriberId, VoucherId, uuid7
from contracts.prescription import BookExpired, BookPrescribed
from contracts.words import Audience, Need, VoucherState
from services.prescription.model import codes
from services.prescription.model.record import Record

BOOKS_IN_A_LIFE, VOUCHERS = 8, 5
UNUSED = {"available": VOUCHERS, "held": 0, "consumed": 0, "void": 0, "expired": 0}
NEW = {**UNUSED, "state": "active", "current": True, "use_known": True, "expires_on": None}
NEEDS = ", ".join(f"'{need}'" for need in get_args(Need))
State = Literal["active", "cancelled", "expired"]
LATER = {"deferrable": True, "initially": "IMMEDIATE"}  # a merge gives the books new ranks, and is judged at its end
ChangeKind = Literal["cancelled", "given_back", "voided"]
ChangeReason = Literal["mistake", "not_present", "lost", "gone", "renounced", "other"]
AFTER: dict[ChangeKind, VoucherState] = {"given_back": "available", "voided": "void", "cancelled": "void"}
BEFORE: dict[ChangeKind, frozenset[VoucherState]] = {
    "given_back": frozenset({"consumed", "void"}),
    "voided": frozenset({"available"}),
    "cancelled": frozenset(),
}


class BookClosed(Refusal):
    def __init__(self, state: str) -> None:
        is_now = "annulé" if state == "cancelled" else "périmé"
        super().__init__(f"Ce chéquier est déjà {is_now} : il n'y a plus rien à changer.")


class NotInThisBook(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce chèque n'est pas dans ce chéquier : rechargez la page et choisissez-le dans la liste.")


class CannotBeCorrected(Refusal):
    """Rule 7."""

    def __init__(self, kind: ChangeKind, state: VoucherState) -> None:
        what = "rendre cette heure" if kind == "given_back" else "annuler ce chèque"
        is_now = {
            "available": "le chèque est encore à utiliser",
            "held": "le chèque est réservé pour une séance, annulez d'abord la séance",
            "consumed": "l'heure a été suivie, rendez-la d'abord",
            "void": "le chèque est déjà annulé",
            "expired": "le chéquier est périmé",
        }
        super().__init__(f"Impossible de {what} : {is_now[state]}.")


class Voucher(Record):
    """One hour. Its code is known here and on the printed book only; its state is booking's, as last published."""

    __tablename__ = "vouchers"
    __table_args__ = (
        UniqueConstraint("book_id", "position"),
        CheckConstraint(f"position between 1 and {VOUCHERS}", name="five"),
        CheckConstraint("state in ('available', 'held', 'consumed', 'void', 'expired')", name="state"),
    )

    id: Mapped[VoucherId] = mapped_column(primary_key=True)
    book_id: Mapped[BookId] = mapped_column(ForeignKey("books.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(unique=True)
    state: Mapped[VoucherState]

    @classmethod
    def of(cls, position: int) -> Self:
        code = codes.new_code(codes.VOUCHER_LENGTH)
        return cls(id=VoucherId(uuid7()), position=position, code=code, state="available")


class BookChange(Record):
    """What was decided about a book or one voucher of it: why, by whom, when, and whether booking has done it. Rule 7.

    `reason` is coded and travels in plain French; `note` is free text and stays here (rule 26).

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
    kind: Mapped[ChangeKind]
    reason: Mapped[ChangeReason]
    note: Mapped[str]
    by_subject: Mapped[str]
    by_name: Mapped[str]
    at: Mapped[datetime]
    thread: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    done: Mapped[bool | None]


def check_correctable(kind: ChangeKind, state: VoucherState) -> None:
    """Checks that a voucher in this state can be changed so. Raises CannotBeCorrected."""
    if state not in BEFORE[kind]:
        raise CannotBeCorrected(kind, state)


class Book(Record):
    """Five vouchers, and what booking published of their use.

    `rank` is its place among the eight of a life; a cancelled book leaves its place free. `current` is the one being
    used: one at a time. `use_known` is false while booking has not yet answered for it (after a merge).
    """

    __tablename__ = "books"
    __table_args__ = (
        ExcludeConstraint(
            ("beneficiary_id", "="),
            ("rank", "="),
            where="state <> 'cancelled'",
            using="btree",
            name="books_rank",
            **LATER,
        ),
        ExcludeConstraint(("beneficiary_id", "="), where="current", using="btree", name="books_current", **LATER),
        Index(
            None,
            "prescribed_at",
            postgresql_where=text("current AND state = 'active' AND available > 0"),
        ),
        CheckConstraint(f"rank between 1 and {BOOKS_IN_A_LIFE}", name="lifetime"),
        CheckConstraint("state in ('active', 'cancelled', 'expired')", name="state"),
        CheckConstraint("not (current and state = 'cancelled')", name="current_is_not_cancelled"),
        CheckConstraint(f"need in ({NEEDS})", name="need"),
        CheckConstraint(f"available + held + consumed + void + expired = {VOUCHERS}", name="five"),
    )

    id: Mapped[BookId] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("beneficiaries.id"), index=True)
    rank: Mapped[int]
    current: Mapped[bool]
    use_known: Mapped[bool] = mapped_column("told")
    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[State]
    centre_id: Mapped[CentreId] = mapped_column(ForeignKey("centres.id"))
    prescriber_id: Mapped[PrescriberId] = mapped_column(ForeignKey("prescribers.id"))
    prescribed_at: Mapped[datetime]
    expires_on: Mapped[date | None]
    need: Mapped[Need]
    epci: Mapped[str]
    audiences: Mapped[list[Audience]] = mapped_column(ARRAY(Text))
    available: Mapped[int]
    held: Mapped[int]
    consumed: Mapped[int]
    void: Mapped[int]
    expired: Mapped[int]
    vouchers: Mapped[list[Voucher]] = relationship(lazy="raise", order_by=Voucher.position)
    changes: Mapped[list[BookChange]] = relationship(lazy="raise", order_by=BookChange.id)

    @property
    def left(self) -> int:
        """Counts vouchers that may still be used: those of an expired book may not, even before booking says so."""
        return self.available if self.state == "active" else 0

    @property
    def awaits_answer(self) -> bool:
        """Says whether something was asked of booking that it has not yet confirmed."""
        return not self.use_known or any(change.confirmed_at is None for change in self.changes)

    def used(self, use: BookUse) -> None:
        self.available, self.held, self.consumed = use.available, use.held, use.consumed
        self.void, self.expired, self.use_known = use.void, use.expired, True

    def answered(self, change: BookChange, use: BookUse, now: datetime) -> None:
        """Take what booking did of it. A cancelled book of which an hour was booked meanwhile is open again."""
        if change.kind == "cancelled":
            change.done = not (use.held or use.consumed)
            changed = [voucher for voucher in self.vouchers if voucher.state == "available"]
            self.state = "cancelled" if change.done else "active"
        else:
            change.done = getattr(use, AFTER[change.kind]) > getattr(self, AFTER[change.kind])
            changed = [voucher for voucher in self.vouchers if change.done and voucher.id == change.voucher_id]
        for voucher in changed:
            voucher.state = AFTER[change.kind]
        change.confirmed_at = now

    def voucher(self, voucher_id: VoucherId) -> Voucher:
        """Finds one of its vouchers. Raises NotInThisBook."""
        if matching := [voucher for voucher in self.vouchers if voucher.id == voucher_id]:
            return matching[0]
        raise NotInThisBook

    def check_open(self) -> None:
        """Checks that it is neither cancelled nor expired. Raises BookClosed."""
        if self.state != "active":
            raise BookClosed(self.state)

    def expire(self) -> BookExpired:
        """End it, the day after its last one (rule 8)."""
        assert self.expires_on  # noqa: S101 - only books with a last day are looked for
        self.state = "expired"
        return BookExpired(book_id=self.id, beneficiary_id=self.beneficiary_id, expired_on=self.expires_on)

    def announced(self) -> BookPrescribed:
        first, second, third, fourth, fifth = (voucher.id for voucher in self.vouchers)
        return BookPrescribed(
            book_id=self.id,
            beneficiary_id=self.beneficiary_id,
            centre_id=self.centre_id,
            rank=self.rank,
            voucher_ids=(first, second, third, fourth, fifth),
            prescribed_at=self.prescribed_at,
            expires_on=self.expires_on,
            need=self.need,
        )


def mark_current(by_date: Sequence[Book]) -> None:
    """Make the last of one person's books that counts the current one."""
    counted = [book for book in by_date if book.state != "cancelled"]
    for book in by_date:
        book.current = book in counted[-1:]
