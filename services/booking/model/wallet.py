"""A person's vouchers: each one's state, and the ledger of every move with its cause. Rules 14, 15 and 17."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from chassis.refusal import Refusal
from contracts.booking import BookUse, WalletChanged
from contracts.ids import BeneficiaryId, BookId, BookingId, VoucherId
from contracts.words import Actor, ActorKind, VoucherState
from services.booking.model.record import Record

MOVES = {
    ("available", "held"),
    ("held", "consumed"),
    ("held", "available"),
    ("available", "void"),
    ("available", "expired"),
    ("consumed", "available"),  # a correction gives an hour back (rule 7)
}
ALLOWED = ", ".join(f"('{before}', '{after}')" for before, after in sorted(MOVES))


class NotEnoughVouchers(Refusal):
    def __init__(self, needed: int, available: int) -> None:
        super().__init__(
            f"Cette séance demande {needed} chèque(s), il en reste {available}. "
            "Si le chéquier est épuisé, demandez-en un autre au centre qui l'a prescrit."
        )


class ImpossibleMove(Refusal):
    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"Un chèque «{before}» ne peut pas devenir «{after}».")


@dataclass(frozen=True)
class Cause:
    """Why a voucher moves, by whom, when; and for which booking."""

    reason: str
    by: Actor
    at: datetime
    booking_id: BookingId | None = None


class Voucher(Record):
    """One hour. `rank` is its book's, `position` its place in the book: the oldest is spent first."""

    __tablename__ = "vouchers"
    __table_args__ = (
        CheckConstraint("state in ('available', 'held', 'consumed', 'void', 'expired')", name="state"),
        CheckConstraint("(state = 'held') <= (booking_id is not null)", name="held_for_a_booking"),
        Index(None, "beneficiary_id"),
        Index(None, "booking_id"),
    )

    id: Mapped[VoucherId] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("wallets.beneficiary_id"))
    book_id: Mapped[BookId]
    rank: Mapped[int]
    position: Mapped[int]
    state: Mapped[VoucherState]
    booking_id: Mapped[BookingId | None]


class LedgerEntry(Record):
    """One move of one voucher. Entries are added, never changed: the state is the fold of them."""

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint(f"(state_before, state_after) in ({ALLOWED})", name="move"),
        Index(None, "beneficiary_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("wallets.beneficiary_id"))
    voucher_id: Mapped[VoucherId] = mapped_column(ForeignKey("vouchers.id"))
    state_before: Mapped[VoucherState]
    state_after: Mapped[VoucherState]
    reason: Mapped[str]
    booking_id: Mapped[BookingId | None]
    by_kind: Mapped[ActorKind]
    by_id: Mapped[UUID | None]
    at: Mapped[datetime]


class Wallet(Record):
    """All the vouchers of one person; `version` grows with each change that is told."""

    __tablename__ = "wallets"

    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    version: Mapped[int]
    hours_followed: Mapped[int]
    first_hour_on: Mapped[date | None]
    absences: Mapped[int]
    late_cancellations: Mapped[int]
    vouchers: Mapped[list[Voucher]] = relationship(lazy="raise", order_by=(Voucher.rank, Voucher.position))
    ledger: WriteOnlyMapped[LedgerEntry] = relationship()

    @classmethod
    def empty(cls, beneficiary_id: BeneficiaryId) -> "Wallet":
        counts = {"version": 0, "hours_followed": 0, "absences": 0, "late_cancellations": 0}
        return cls(beneficiary_id=beneficiary_id, first_hour_on=None, vouchers=[], **counts)

    @property
    def available(self) -> list[Voucher]:
        """The oldest first."""
        free = [voucher for voucher in self.vouchers if voucher.state == "available"]
        return sorted(free, key=lambda voucher: (voucher.rank, voucher.position))

    def of_booking(self, booking_id: BookingId) -> list[Voucher]:
        return [one for one in self.vouchers if one.state == "held" and one.booking_id == booking_id]

    def of_book(self, book_id: BookId) -> list[Voucher]:
        return [voucher for voucher in self.vouchers if voucher.book_id == book_id]

    def receive(self, book_id: BookId, rank: int, voucher_ids: Sequence[VoucherId]) -> None:
        """A prescribed book. Receiving it again changes nothing."""
        if not self.of_book(book_id):
            self.vouchers += [
                Voucher(id=id_, book_id=book_id, rank=rank, position=position, state="available")
                for position, id_ in enumerate(voucher_ids, 1)
            ]

    def hold(self, count: int, cause: Cause) -> list[Voucher]:
        """For a booking, the oldest first. Raises NotEnoughVouchers."""
        free = self.available
        if len(free) < count:
            raise NotEnoughVouchers(count, len(free))
        return self.move(free[:count], "held", cause)

    def move(self, vouchers: Iterable[Voucher], state: VoucherState, cause: Cause) -> list[Voucher]:
        """Every change of a voucher's state goes through here, into the ledger. Raises ImpossibleMove."""
        moved = list(vouchers)
        for voucher in moved:
            if (voucher.state, state) not in MOVES:
                raise ImpossibleMove(voucher.state, state)
            self.ledger.add(
                LedgerEntry(
                    voucher_id=voucher.id,
                    state_before=voucher.state,
                    state_after=state,
                    reason=cause.reason,
                    booking_id=cause.booking_id,
                    by_kind=cause.by.kind,
                    by_id=cause.by.id,
                    at=cause.at,
                )
            )
            voucher.state = state
            voucher.booking_id = None if state == "available" else cause.booking_id
        return moved

    def followed(self, hours: int, on: date) -> None:
        self.hours_followed += hours
        self.first_hour_on = min(self.first_hour_on or on, on)

    def changed(self) -> WalletChanged:
        """What is said after any change; once per transaction."""
        self.version += 1
        return WalletChanged(
            beneficiary_id=self.beneficiary_id,
            version=self.version,
            books=tuple(self.uses()),
            hours_followed=self.hours_followed,
            first_hour_on=self.first_hour_on,
        )

    def uses(self) -> list[BookUse]:
        """Book by book, in the order of their prescription."""
        ordered = sorted(self.vouchers, key=lambda voucher: voucher.rank)
        return [use(book_id, [*group]) for book_id, group in groupby(ordered, key=lambda voucher: voucher.book_id)]


def use(book_id: BookId, vouchers: Sequence[Voucher]) -> BookUse:
    states = Counter(voucher.state for voucher in vouchers)
    return BookUse(
        book_id=book_id,
        available=states["available"],
        held=states["held"],
        consumed=states["consumed"],
        void=states["void"],
        expired=states["expired"],
    )
