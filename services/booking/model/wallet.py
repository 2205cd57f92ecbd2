"""A person's vouchers and hours: held, spent, given back. Rules 14, 15 and 17."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Literal

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.refusal import Refusal
from contracts.booking import BookUse, PersonFlagged, WalletChanged
from contracts.ids import BeneficiaryId, BookId, BookingId, VoucherId
from contracts.words import VoucherState
from services.booking.model.ledger import Cause, Move, Voucher
from services.booking.model.record import Record


class NotEnoughVouchers(Refusal):
    def __init__(self, needed: int, available: int) -> None:
        wanted = "1 chèque" if needed == 1 else f"{needed} chèques"
        left = f"il en reste {available}" if available else "il n'en reste aucun"
        super().__init__(
            f"Cette séance demande {wanted}, {left}. "
            "Si le chéquier est épuisé, demandez-en un autre au centre qui l'a prescrit."
        )


class Wallet(Record):
    """All the vouchers of one person; `version` grows with each change that is published."""

    __tablename__ = "wallets"
    __table_args__ = (CheckConstraint("hours_followed >= 0 and absences >= 0", name="counts"),)

    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    version: Mapped[int]
    hours_followed: Mapped[int]
    first_hour_on: Mapped[date | None]
    last_hour_on: Mapped[date | None]
    absences: Mapped[int]
    late_cancellations: Mapped[int]
    vouchers: Mapped[list[Voucher]] = relationship(lazy="raise", order_by=(Voucher.rank, Voucher.position))

    @classmethod
    def empty(cls, beneficiary_id: BeneficiaryId) -> "Wallet":
        counts = {"version": 0, "hours_followed": 0, "absences": 0, "late_cancellations": 0}
        return cls(beneficiary_id=beneficiary_id, first_hour_on=None, last_hour_on=None, vouchers=[], **counts)

    @property
    def moves(self) -> list[Move]:
        """List what moved since it was loaded, on its way into the ledger."""
        moves: list[Move] = self.__dict__.setdefault("_moves", [])
        return moves

    @property
    def available(self) -> list[Voucher]:
        """List the vouchers to use, the oldest first."""
        free = [voucher for voucher in self.vouchers if voucher.state == "available"]
        return sorted(free, key=lambda voucher: (voucher.rank, voucher.position))

    @property
    def misses(self) -> int:
        """Count what is an absence: not being there, or saying so after the cut-off (rules 16 and 17)."""
        return self.absences + self.late_cancellations

    def of_booking(self, booking_id: BookingId, state: VoucherState = "held") -> list[Voucher]:
        return [voucher for voucher in self.vouchers if voucher.state == state and voucher.booking_id == booking_id]

    def of_book(self, book_id: BookId) -> list[Voucher]:
        return [voucher for voucher in self.vouchers if voucher.book_id == book_id]

    def receive(self, book_id: BookId, rank: int, voucher_ids: Sequence[VoucherId], cause: Cause) -> None:
        """Receive a prescribed book. Receiving it again changes nothing."""
        if self.of_book(book_id):
            return
        for position, voucher_id in enumerate(voucher_ids, 1):
            voucher = Voucher(
                id=voucher_id, beneficiary_id=self.beneficiary_id, book_id=book_id, rank=rank, position=position
            )
            self.moves.append(voucher.received(cause))
            self.vouchers.append(voucher)

    def hold(self, count: int, cause: Cause) -> list[Voucher]:
        """Hold as many for a booking, the oldest first. Raises NotEnoughVouchers."""
        free = self.available
        if len(free) < count:
            raise NotEnoughVouchers(count, len(free))
        return self.move(free[:count], "held", cause)

    def move(self, vouchers: Iterable[Voucher], state: VoucherState, cause: Cause) -> list[Voucher]:
        """Every change of a voucher's state goes through here, into the ledger. Raises ImpossibleMove.

        The answer is those that are in that state now: what is given back to a closed book ends as the book did.
        """
        moved = list(vouchers)
        for voucher in moved:
            self.moves.append(voucher.moved(state, cause))
            if state == "available" and voucher.ends_as:
                self.moves.append(voucher.moved(voucher.ends_as, cause))
        return [voucher for voucher in moved if voucher.state == state]

    def followed(self, hours: int, on: date) -> None:
        self.hours_followed += hours
        self.first_hour_on = min(self.first_hour_on or on, on)
        self.last_hour_on = max(self.last_hour_on or on, on)

    def not_followed(self, hours: int, on: date, others: Iterable[date]) -> None:
        """An attendance was marked by mistake; `others` are the days of those that remain and are still somebody's."""
        self.hours_followed -= hours
        days = sorted(others)
        if not self.hours_followed:
            self.first_hour_on = self.last_hour_on = None
        elif days:
            self.first_hour_on = days[0] if on == self.first_hour_on else self.first_hour_on
            self.last_hour_on = days[-1]

    def absorb(self, other: "Wallet") -> None:
        """Take the hours of another record of the same person; its vouchers follow."""
        for name in ("hours_followed", "absences", "late_cancellations"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
            setattr(other, name, 0)
        firsts, lasts = (self.first_hour_on, other.first_hour_on), (self.last_hour_on, other.last_hour_on)
        self.first_hour_on = min(filter(None, firsts), default=None)
        self.last_hour_on = max(filter(None, lasts), default=None)
        other.first_hour_on = other.last_hour_on = None

    def renumber(self) -> None:
        """Order the books of two records by their prescription: an id begins with its time (UUIDv7)."""
        books = sorted({voucher.book_id for voucher in self.vouchers})
        ranks = {book_id: rank for rank, book_id in enumerate(books, 1)}
        for voucher in self.vouchers:
            voucher.rank = ranks[voucher.book_id]

    def nobodys(self, new_id: BeneficiaryId) -> "Wallet":
        """Make a wallet of the same hours, of nobody that is known."""
        names = ("hours_followed", "first_hour_on", "last_hour_on", "absences", "late_cancellations", "version")
        return Wallet(beneficiary_id=new_id, **{name: getattr(self, name) for name in names})

    def changed(self) -> WalletChanged:
        """Make the event of any change; once per transaction."""
        self.version += 1
        return WalletChanged(
            beneficiary_id=self.beneficiary_id,
            version=self.version,
            books=tuple(self.uses()),
            hours_followed=self.hours_followed,
            first_hour_on=self.first_hour_on,
            last_hour_on=self.last_hour_on,
            absences=self.absences,
            late_cancellations=self.late_cancellations,
        )

    def flagged(self, limit: int, *, late: bool) -> list[PersonFlagged]:
        """Ask for a human call, never a penalty: when the misses reach the limit, and at each after (rule 17)."""
        if self.misses < limit:
            return []
        reason = "late_cancellations" if late else "absences"
        return [PersonFlagged(beneficiary_id=self.beneficiary_id, reason=reason)]

    def uses(self) -> list[BookUse]:
        """Count the vouchers book by book, in the order of their prescription."""
        ordered = sorted(self.vouchers, key=lambda voucher: (voucher.rank, voucher.book_id))
        return [use(book_id, [*group]) for book_id, group in groupby(ordered, key=lambda voucher: voucher.book_id)]


class Flag(Record):
    """Someone to be called by a human, and what came of it (rule 17)."""

    __tablename__ = "flags"
    __table_args__ = (
        CheckConstraint("reason in ('absences', 'late_cancellations')", name="reason"),
        Index("ix_flags_open", "beneficiary_id", unique=True, postgresql_where="settled_at is null"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId]
    reason: Mapped[Literal["absences", "late_cancellations"]]
    raised_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]

    @classmethod
    def raised(cls, event: PersonFlagged, now: datetime) -> "Flag":
        return cls(beneficiary_id=event.beneficiary_id, reason=event.reason, raised_at=now)


def use(book_id: BookId, vouchers: Sequence[Voucher]) -> BookUse:
    states = Counter(voucher.state for voucher in vouchers)
    placed = sorted(vouchers, key=lambda voucher: voucher.position)
    return BookUse(
        book_id=book_id,
        available=states["available"],
        held=states["held"],
        consumed=states["consumed"],
        void=states["void"],
        expired=states["expired"],
        states=tuple(voucher.state for voucher in placed),
        booking_ids=tuple(voucher.booking_id for voucher in placed),
    )
