"""The same as JSON: centres and prescribers by PUT, residents and books by POST with an Idempotency-Key."""

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response

from chassis.web import Command, Principal, Read, Transact, allowed
from contracts.ids import BeneficiaryId, BookId, CentreId, PrescriberId
from contracts.words import Need
from services.prescription import queries, usecases
from services.prescription.model import Beneficiary, Book, CentreForm, PrescriberForm, Registration

router = APIRouter(prefix="/api", tags=["prescription"])

Prescriber = Annotated[Principal, Depends(allowed("prescriber"))]
Reader = Annotated[Principal, Depends(allowed("prescriber", "administrator"))]
Administrator = Annotated[Principal, Depends(allowed("administrator"))]


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


@router.get("/beneficiaries/{beneficiary_id}")
async def person(reading: Read, beneficiary_id: BeneficiaryId, _: Reader) -> PersonView:
    books = await queries.books_of(reading, beneficiary_id)
    return PersonView.of(await queries.person(reading, beneficiary_id), [BookView.of(book) for book in books])


@router.post("/beneficiaries/{beneficiary_id}/books", status_code=201, response_model=BookView)
async def prescribe(command: Command, beneficiary_id: BeneficiaryId, wanted: Wanted, who: Prescriber) -> Response:
    return await command.once(
        lambda tx: usecases.prescribe(tx, beneficiary_id, wanted.need, by=who.prescriber_id), BookView.of
    )
