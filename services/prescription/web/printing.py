"""What is put on paper, and a book on it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import Response

from chassis import printed
from chassis.communes import name_of
from chassis.db import Transaction
from chassis.web.french import day, phone
from contracts.ids import BookId
from services.prescription import queries, usecases, wording
from services.prescription.model import Agent
from services.prescription.model.reading import BY_ITS_CENTRE

TEMPLATES = Path(__file__).parents[1] / "templates"

Sheet = Mapping[str, Any]


async def answer(template: str, sheet: Sheet, name: str) -> Response:
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
    await usecases.record(tx, person.id, agent, "book", BY_ITS_CENTRE if agent.follows(person) else "chéquier imprimé")
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
