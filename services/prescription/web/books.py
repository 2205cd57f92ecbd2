"""A book in the hand: printed, cancelled, corrected."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, Form
from starlette.responses import Response

from chassis import printed
from chassis.db import Transaction
from chassis.french import day
from chassis.web import FormCommand, Page, Transact, own, traced
from contracts.ids import BookId
from county.communes import name_of
from county.phones import phone
from county.settings import settings_of
from services.prescription import acts, queries, usecases, wording
from services.prescription.access import BookOpened, Correction, Deciding, Why, book_opened
from services.prescription.model import Agent
from services.prescription.model.record_access import BY_ITS_CENTRE
from services.prescription.web.forms import labelled_router

router = labelled_router()

TEMPLATES = Path(__file__).parents[1] / "templates"
Sheet = Mapping[str, Any]
ASKED = {
    "given_back": "Demandé : l'heure sera rendue dès que la réservation l'aura confirmé.",
    "voided": "Demandé : le chèque sera annulé dès que la réservation l'aura confirmé.",
}


@router.get("/chequiers/{book_id}.pdf", dependencies=[own(book_opened), traced(acts.BOOK_PRINTED)])
async def print_book(
    page: Page, transact: Transact, asking: BookOpened, book_id: BookId, taille: Literal["a4", "cheque"] = "a4"
) -> Response:
    sheet = await transact(lambda tx: book_sheet(tx, book_id, asking))
    sheet = {**sheet, "informs": settings_of(page).data_url}
    return await pdf(f"book_{taille}.typ", await with_qr(sheet), f"chequier-{taille}.pdf")


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


async def pdf(template: str, sheet: Sheet, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(await printed.pdf(TEMPLATES / template, sheet), headers=headers, media_type="application/pdf")


async def with_qr(sheet: Sheet) -> Sheet:
    """Each of the book's codes is drawn: some milliseconds each, so beside the event loop."""
    vouchers = await asyncio.to_thread(
        lambda: [{**voucher, "qr": printed.qr(voucher["code"])} for voucher in sheet["vouchers"]]
    )
    return {**sheet, "vouchers": vouchers}


async def book_sheet(tx: Transaction, book_id: BookId, agent: Agent) -> Sheet:
    """Handing a book over is a reading too."""
    book = await queries.book(tx, book_id)
    person = await queries.person(tx, book.beneficiary_id)
    why = BY_ITS_CENTRE if agent.follows(person) else "chéquier imprimé"
    await usecases.record_access(tx, person.id, agent, "book", why)
    centre = await queries.centre(tx, book.centre_id)
    return {
        "name": person.name,
        "reference": book.reference,
        "prescribed": day(book.prescribed_at),
        "until": day(book.expires_on) if book.expires_on else "",
        "state": "" if book.state == "active" else wording.BOOK_STATES[book.state],
        "centre": centre.name,
        "commune": name_of(centre.commune_insee),
        "phone": phone(centre.phone),
        "vouchers": [{"code": voucher.code, "number": voucher.position} for voucher in book.vouchers],
    }
