"""A book in the hand: printed, cancelled, corrected."""

from typing import Annotated, Literal

from fastapi import Depends, Form
from starlette.responses import Response

from chassis.web import FormCommand, Page, Transact, own, traced
from contracts.ids import BookId
from county.settings import settings_of
from services.prescription import acts, usecases
from services.prescription.access import BookOpened, Correction, Deciding, Why, book_opened
from services.prescription.web import printing
from services.prescription.web.forms import room

router = room()

ASKED = {
    "given_back": "Demandé : l'heure sera rendue dès que la réservation l'aura confirmé.",
    "voided": "Demandé : le chèque sera annulé dès que la réservation l'aura confirmé.",
}


@router.get("/chequiers/{book_id}.pdf", dependencies=[own(book_opened), traced(acts.BOOK_PRINTED)])
async def printed(
    page: Page, transact: Transact, asking: BookOpened, book_id: BookId, taille: Literal["a4", "cheque"] = "a4"
) -> Response:
    sheet = await transact(lambda tx: printing.book_sheet(tx, book_id, asking))
    sheet = {**sheet, "informs": settings_of(page).data_url}
    return await printing.answer(f"book_{taille}.typ", await printing.with_qr(sheet), f"chequier-{taille}.pdf")


@router.post("/chequiers/{book_id}/annuler", dependencies=[own(book_opened), traced(acts.BOOK_CANCELLED)])
async def cancel(
    command: FormCommand, by: Annotated[Deciding, Depends()], why: Annotated[Why, Form()], book_id: BookId
) -> Response:
    return await command.run(
        lambda tx: usecases.cancel_book(tx, book_id, by.decided(why), news=by.news),
        goto=lambda book: f"/habitants/{book.beneficiary_id}",
        flash=lambda book: f"Le chéquier {book.reference} est annulé.",
    )


@router.post("/chequiers/{book_id}/corriger", dependencies=[own(book_opened), traced(acts.BOOK_CORRECTED)])
async def correct(
    command: FormCommand,
    by: Annotated[Deciding, Depends()],
    asked: Annotated[Correction, Form()],
    book_id: BookId,
) -> Response:
    decided = by.decided(asked)
    return await command.run(
        lambda tx: usecases.correct(tx, book_id, asked.voucher_id, asked.kind, decided),
        goto=lambda book: f"/habitants/{book.beneficiary_id}",
        flash=lambda _: ASKED[asked.kind],
    )
