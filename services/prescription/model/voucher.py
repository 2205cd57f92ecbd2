"""One hour of a book, and the code by which it is known on paper. Rules 1 and 6."""

from typing import Self

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import NotFound
from contracts.ids import BookId, VoucherId, uuid7
from contracts.words import VoucherState
from services.prescription.model import codes
from services.prescription.model.record import Record

VOUCHERS = 5


class NotInThisBook(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce chèque n'est pas dans ce chéquier : rechargez la page et choisissez-le dans la liste.")


class Voucher(Record):
    """One hour. Its code is known here and on the printed book only; its state is booking's, as last told."""

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
