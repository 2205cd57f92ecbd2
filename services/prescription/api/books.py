"""Books: prescribed, cancelled, corrected."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response

from chassis.web import Command, allowed, own, traced
from contracts.ids import BeneficiaryId, BookId
from contracts.words import Need
from services.prescription import acts, usecases
from services.prescription.access import Correction, Deciding, Prescribing, Why, book_opened, opened
from services.prescription.api.views import BookView

router = APIRouter()


class Wanted(BaseModel):
    need: Need


@router.post(
    "/beneficiaries/{beneficiary_id}/books",
    status_code=201,
    response_model=BookView,
    dependencies=[Depends(allowed("prescriber")), own(opened), traced(acts.PRESCRIBED)],
)
async def prescribe(
    command: Command, beneficiary_id: BeneficiaryId, wanted: Wanted, given: Annotated[Prescribing, Depends()]
) -> Response:
    wish = usecases.Wish(wanted.need, given.validity)
    return await command.run(
        lambda tx: usecases.prescribe(tx, beneficiary_id, wish, by=given.by, news=given.news), BookView.of
    )


@router.post(
    "/books/{book_id}/cancellation",
    status_code=201,
    response_model=BookView,
    dependencies=[own(book_opened), traced(acts.BOOK_CANCELLED)],
)
async def cancel(command: Command, book_id: BookId, why: Why, by: Annotated[Deciding, Depends()]) -> Response:
    return await command.run(lambda tx: usecases.cancel_book(tx, book_id, by.decided(why), news=by.news), BookView.of)


@router.post(
    "/books/{book_id}/corrections",
    status_code=202,
    response_model=BookView,
    dependencies=[own(book_opened), traced(acts.BOOK_CORRECTED)],
)
async def correct(command: Command, book_id: BookId, asked: Correction, by: Annotated[Deciding, Depends()]) -> Response:
    """Asks booking for it; it is done when booking has answered."""
    return await command.run(
        lambda tx: usecases.correct(tx, book_id, asked.voucher_id, asked.kind, by.decided(asked)), BookView.of, 202
    )
