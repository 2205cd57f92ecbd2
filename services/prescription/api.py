"""The same as JSON: centres and prescribers by PUT, residents and books by POST with an Idempotency-Key."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from chassis.db import Transaction
from chassis.web import Command, Read, Transact
from contracts.ids import BeneficiaryId, BookId, CentreId, PrescriberId
from contracts.words import Need
from services.prescription import queries, usecases
from services.prescription.access import Administrator, Asking, Opened, Prescriber, Prescribing, Professional, Since
from services.prescription.model import (
    Beneficiary,
    Book,
    CentreForm,
    Double,
    Erasure,
    PrescriberForm,
    Registration,
)
from services.prescription.model.reading import LONGEST_REASON

router = APIRouter(prefix="/api", tags=["prescription"])

Reason = Annotated[str, Query(max_length=LONGEST_REASON)]


class BookView(BaseModel):
    """`codes` are the five vouchers' printed codes."""

    id: BookId
    reference: str
    rank: int
    state: str
    available: int
    held: int
    consumed: int
    codes: list[str]

    @classmethod
    def of(cls, book: Book) -> Self:
        codes = [voucher.code for voucher in book.vouchers]
        counts = {name: getattr(book, name) for name in ("available", "held", "consumed")}
        return cls(id=book.id, reference=book.reference, rank=book.rank, state=book.state, codes=codes, **counts)


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


class Wanted(BaseModel):
    need: Need


class Merging(BaseModel):
    kept_id: BeneficiaryId
    merged_id: BeneficiaryId
    reason: str = Field(min_length=3, max_length=200)


class ClaimView(BaseModel):
    id: UUID

    @classmethod
    def of(cls, double: Double) -> Self:
        return cls(id=double.id)


class ErasureView(BaseModel):
    """`answers`: when each service has forgotten; the request is closed when all have."""

    number: str
    closed_at: datetime | None
    answers: dict[str, datetime | None]

    @classmethod
    def of(cls, erasure: Erasure) -> Self:
        return cls(number=erasure.number, closed_at=erasure.closed_at, answers={**erasure.answers})


@router.put("/centres/{centre_id}", status_code=204)
async def keep_centre(transact: Transact, centre_id: CentreId, form: CentreForm, _: Administrator) -> None:
    await transact(lambda tx: usecases.keep_centre(tx, centre_id, form))


@router.put("/prescribers/{prescriber_id}", status_code=204)
async def keep_prescriber(
    transact: Transact, prescriber_id: PrescriberId, form: PrescriberForm, _: Administrator
) -> None:
    await transact(lambda tx: usecases.keep_prescriber(tx, prescriber_id, form))


@router.post("/beneficiaries", status_code=201, response_model=PersonView)
async def register(command: Command, told: Registration, who: Prescriber) -> Response:
    return await command.once(lambda tx: usecases.register(tx, told, by=who.prescriber_id), PersonView.of)


@router.post("/claims", status_code=202, response_model=ClaimView)
async def claim(command: Command, told: Registration, who: Prescriber) -> Response:
    """«It is not the same person»: an administrator decides."""
    return await command.once(lambda tx: usecases.claim(tx, told, by=who.prescriber_id), ClaimView.of, 202)


@router.get("/beneficiaries/{beneficiary_id}")
async def person(
    transact: Transact, asking: Asking, since: Since, beneficiary_id: BeneficiaryId, reason: Reason = ""
) -> PersonView:
    """Another centre's record opens with a `reason`, which is recorded."""

    async def read(tx: Transaction) -> PersonView:
        if reason.strip():
            await usecases.give_reason(tx, beneficiary_id, asking, reason.strip())
            await tx.flush()
        person = await usecases.read(tx, beneficiary_id, asking, "api", since=since)
        return PersonView.of(person, [BookView.of(book) for book in await queries.books_of(tx, person.id)])

    return await transact(read)


@router.delete("/beneficiaries/{beneficiary_id}", status_code=202)
async def erase(transact: Transact, asking: Opened, beneficiary_id: BeneficiaryId) -> ErasureView:
    done = await transact(lambda tx: usecases.erase(tx, beneficiary_id, cause="asked", by=asking.name))
    return ErasureView.of(done)


@router.get("/erasures/{number}")
async def erasure(reading: Read, _: Professional, number: str) -> ErasureView:
    """Who has answered."""
    return ErasureView.of(await queries.erasure(reading, number))


@router.post("/merges", status_code=204)
async def merge(transact: Transact, _: Administrator, asking: Asking, asked: Merging) -> None:
    await transact(lambda tx: usecases.merge(tx, asked.kept_id, asked.merged_id, reason=asked.reason, by=asking))


@router.post("/beneficiaries/{beneficiary_id}/books", status_code=201, response_model=BookView)
async def prescribe(
    command: Command, beneficiary_id: BeneficiaryId, wanted: Wanted, given: Annotated[Prescribing, Depends()]
) -> Response:
    wish = usecases.Wish(wanted.need, given.validity)
    return await command.once(
        lambda tx: usecases.prescribe(tx, beneficiary_id, wish, by=given.by, news=given.news), BookView.of
    )
