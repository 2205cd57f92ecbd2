"""The right to hours: books of five vouchers, eight in a life, one after the other. Rules 1, 2, 6, 7, 8."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, Self, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contracts.booking import BookUse
from contracts.ids import BeneficiaryId, BookId, CentreId, PrescriberId, VoucherId, uuid7
from contracts.prescription import BookExpired, BookPrescribed
from contracts.words import Audience, Need
from services.prescription.model import codes
from services.prescription.model.beneficiary import Beneficiary
from services.prescription.model.centre import Prescriber
from services.prescription.model.change import AFTER, Change
from services.prescription.model.record import Record
from services.prescription.model.rights import BOOKS_IN_A_LIFE, BookClosed, LifetimeReached, News, why_no_book
from services.prescription.model.voucher import VOUCHERS, NotInThisBook, Voucher

UNUSED = {"available": VOUCHERS, "held": 0, "consumed": 0, "void": 0, "expired": 0}
NEW = {**UNUSED, "state": "active", "current": True, "use_known": True, "expires_on": None}
NEEDS = ", ".join(f"'{need}'" for need in get_args(Need))
State = Literal["active", "cancelled", "expired"]
LATER = {"deferrable": True, "initially": "IMMEDIATE"}  # a merge gives the books new ranks, and is judged at its end


class Book(Record):
    """Five vouchers, and what booking told of their use.

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
    vouchers: Mapped[list["Voucher"]] = relationship(lazy="raise", order_by="Voucher.position")
    changes: Mapped[list[Change]] = relationship(lazy="raise", order_by=Change.id)

    @classmethod
    def prescribed(
        cls, person: Beneficiary, before: Sequence["Book"], *, by: Prescriber, need: Need, news: News
    ) -> Self:
        """The next book. Raises MayNotPrescribe, and whatever `why_no_book` answers."""
        by.check()
        if refusal := why_no_book(person, before, news):
            raise refusal
        for book in before:
            book.current = False
        return cls(
            id=BookId(uuid7()),
            beneficiary_id=person.id,
            rank=free_rank(before),
            reference=codes.new_code(codes.BOOK_LENGTH),
            centre_id=by.centre_id,
            prescriber_id=by.id,
            prescribed_at=news.now,
            need=need,
            epci=person.epci,
            audiences=list(person.audiences),
            **NEW,
            vouchers=[Voucher.of(position) for position in range(1, VOUCHERS + 1)],
            changes=[],
        )

    @property
    def left(self) -> int:
        """Vouchers that may still be used: those of an expired book may not, even before booking has said so."""
        return self.available if self.state == "active" else 0

    @property
    def awaits_answer(self) -> bool:
        """Something was asked of booking that it has not yet confirmed."""
        return not self.use_known or any(change.confirmed_at is None for change in self.changes)

    def used(self, use: BookUse) -> None:
        self.available, self.held, self.consumed = use.available, use.held, use.consumed
        self.void, self.expired, self.use_known = use.void, use.expired, True

    def answered(self, change: Change, use: BookUse, now: datetime) -> None:
        """What booking did of that change. A cancelled book of which an hour was booked meanwhile is open again."""
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

    def voucher(self, voucher_id: VoucherId) -> "Voucher":
        """Raises NotInThisBook."""
        if matching := [voucher for voucher in self.vouchers if voucher.id == voucher_id]:
            return matching[0]
        raise NotInThisBook

    def check_open(self) -> None:
        """Raises BookClosed."""
        if self.state != "active":
            raise BookClosed(self.state)

    def expire(self) -> BookExpired:
        """The day after the last one (rule 8)."""
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


def free_rank(before: Sequence[Book]) -> int:
    """A number that no book of this person has had; when all have been, one that a cancelled book left free.

    Raises LifetimeReached.
    """
    had = {book.rank for book in before}
    taken = {book.rank for book in before if book.state != "cancelled"}
    ranks = range(1, BOOKS_IN_A_LIFE + 1)
    free = [rank for rank in ranks if rank not in had] or [rank for rank in ranks if rank not in taken]
    if not free:
        raise LifetimeReached
    return free[0]
