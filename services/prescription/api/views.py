"""What the API answers with."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from contracts.ids import BeneficiaryId, BookId, VoucherId
from contracts.words import VoucherState
from services.prescription.model import Beneficiary, Book, Double, Erasure, ErasureRequest
from services.prescription.model.erasure import State


class VoucherView(BaseModel):
    """`state` is booking's, as it last published it."""

    id: VoucherId
    code: str
    state: VoucherState


class BookView(BaseModel):
    """`awaits_answer`: booking has not yet confirmed a correction."""

    id: BookId
    reference: str
    rank: int
    state: str
    available: int
    held: int
    consumed: int
    awaits_answer: bool
    vouchers: list[VoucherView]

    @classmethod
    def of(cls, book: Book) -> Self:
        vouchers = [VoucherView(id=voucher.id, code=voucher.code, state=voucher.state) for voucher in book.vouchers]
        counts = {name: getattr(book, name) for name in ("available", "held", "consumed")}
        return cls(
            id=book.id,
            reference=book.reference,
            rank=book.rank,
            state=book.state,
            awaits_answer=book.awaits_answer,
            vouchers=vouchers,
            **counts,
        )


class PersonView(BaseModel):
    id: BeneficiaryId
    first_name: str
    last_name: str
    commune_insee: str
    channel: str
    hours_followed: int
    first_hour_on: date | None
    books: list[BookView] = []

    @classmethod
    def of(cls, person: Beneficiary, books: list[BookView] | None = None) -> Self:
        names = [name for name in cls.model_fields if name != "books"]
        return cls(books=books or [], **{name: getattr(person, name) for name in names})


class ClaimView(BaseModel):
    id: UUID

    @classmethod
    def of(cls, double: Double) -> Self:
        return cls(id=double.id)


class ErasureView(BaseModel):
    """`answers`: when each service has forgotten; closed when all have. Before `due_at` it can be withdrawn."""

    number: str
    state: State
    due_at: datetime | None = None
    closed_at: datetime | None = None
    answers: dict[str, datetime | None] = {}

    @classmethod
    def asked(cls, request: ErasureRequest, now: datetime | None = None) -> Self:
        return cls(number=request.number, state=request.state(now or request.asked_at), due_at=request.due_at)

    @classmethod
    def done(cls, erasure: Erasure) -> Self:
        answers = {**erasure.answers}
        return cls(number=erasure.number, state="executed", closed_at=erasure.closed_at, answers=answers)
