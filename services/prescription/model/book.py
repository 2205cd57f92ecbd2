"""The right to hours: books of five vouchers, eight in a life, one after the other. Rules 1, 2, 6, 7."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, Self, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.refusal import Refusal
from contracts.booking import BookUse
from contracts.ids import BeneficiaryId, BookId, CentreId, PrescriberId, VoucherId, uuid7
from contracts.prescription import BookPrescribed
from contracts.words import Audience, Need
from services.prescription.model import codes
from services.prescription.model.beneficiary import Beneficiary
from services.prescription.model.centre import Prescriber
from services.prescription.model.record import Record

VOUCHERS = 5
UNUSED = {"available": VOUCHERS, "held": 0, "consumed": 0, "void": 0, "expired": 0}
BOOKS_IN_A_LIFE = 8
NEEDS = ", ".join(f"'{need}'" for need in get_args(Need))
State = Literal["active", "cancelled", "expired"]


class LifetimeReached(Refusal):
    """Rule 1."""

    def __init__(self) -> None:
        super().__init__("Cette personne a déjà reçu 8 chéquiers, soit 40 heures : c'est le maximum.")


class PreviousBookNotUsedUp(Refusal):
    """Rule 2."""

    def __init__(self, available: int) -> None:
        left = "reste 1 chèque" if available == 1 else f"restent {available} chèques"
        super().__init__(
            f"Le chéquier précédent n'est pas épuisé : il {left} à utiliser. "
            "Si ces heures viennent d'être réservées, attendez quelques secondes et recommencez."
        )


class Book(Record):
    """Five vouchers, and what booking told of their use."""

    __tablename__ = "books"
    __table_args__ = (
        UniqueConstraint("beneficiary_id", "rank"),
        CheckConstraint(f"rank between 1 and {BOOKS_IN_A_LIFE}", name="lifetime"),
        CheckConstraint("state in ('active', 'cancelled', 'expired')", name="state"),
        CheckConstraint(f"need in ({NEEDS})", name="need"),
        CheckConstraint(f"available + held + consumed + void + expired = {VOUCHERS}", name="five"),
    )

    id: Mapped[BookId] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("beneficiaries.id"))
    rank: Mapped[int]
    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[State]
    centre_id: Mapped[CentreId] = mapped_column(ForeignKey("centres.id"))
    prescriber_id: Mapped[PrescriberId] = mapped_column(ForeignKey("prescribers.id"))
    prescribed_at: Mapped[datetime]
    expires_on: Mapped[date | None]
    need: Mapped[Need]
    audiences: Mapped[list[Audience]] = mapped_column(ARRAY(Text))
    available: Mapped[int]
    held: Mapped[int]
    consumed: Mapped[int]
    void: Mapped[int]
    expired: Mapped[int]
    vouchers: Mapped[list["Voucher"]] = relationship(lazy="raise", order_by="Voucher.position")

    @classmethod
    def prescribed(
        cls, person: Beneficiary, before: Sequence["Book"], *, by: Prescriber, need: Need, now: datetime
    ) -> Self:
        """The next book of this person. Raises LifetimeReached, PreviousBookNotUsedUp, MayNotPrescribe."""
        by.check()
        if len(before) >= BOOKS_IN_A_LIFE:
            raise LifetimeReached
        if left := sum(book.available for book in before):
            raise PreviousBookNotUsedUp(left)
        return cls(
            id=BookId(uuid7()),
            beneficiary_id=person.id,
            rank=len(before) + 1,
            reference=codes.new_code(codes.BOOK_LENGTH),
            state="active",
            centre_id=by.centre_id,
            prescriber_id=by.id,
            prescribed_at=now,
            expires_on=None,
            need=need,
            audiences=list(person.audiences),
            **UNUSED,
            vouchers=[Voucher.of(position) for position in range(1, VOUCHERS + 1)],
        )

    def used(self, use: BookUse) -> None:
        self.available, self.held, self.consumed = use.available, use.held, use.consumed
        self.void, self.expired = use.void, use.expired

    def announced(self) -> BookPrescribed:
        first, second, third, fourth, fifth = (voucher.id for voucher in self.vouchers)
        return BookPrescribed(
            book_id=self.id,
            beneficiary_id=self.beneficiary_id,
            centre_id=self.centre_id,
            prescriber_id=self.prescriber_id,
            rank=self.rank,
            voucher_ids=(first, second, third, fourth, fifth),
            prescribed_at=self.prescribed_at,
            expires_on=self.expires_on,
            need=self.need,
            audiences=tuple(self.audiences),
        )


class Voucher(Record):
    """One hour. Its code is known here and on the printed book only."""

    __tablename__ = "vouchers"
    __table_args__ = (
        UniqueConstraint("book_id", "position"),
        CheckConstraint(f"position between 1 and {VOUCHERS}", name="five"),
    )

    id: Mapped[VoucherId] = mapped_column(primary_key=True)
    book_id: Mapped[BookId] = mapped_column(ForeignKey("books.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(unique=True)

    @classmethod
    def of(cls, position: int) -> Self:
        return cls(id=VoucherId(uuid7()), position=position, code=codes.new_code(codes.VOUCHER_LENGTH))
