"""What a person may ask: a copy of what is kept about them, and to be forgotten."""

from typing import Annotated, Literal

from fastapi import Form
from pydantic import BaseModel
from starlette.responses import Response

from chassis.db import Transaction
from chassis.web import Page, Read, Transact, own, own_within, shared, traced
from contracts.ids import BeneficiaryId
from services.prescription import acts, queries, usecases, wording
from services.prescription.access import Administrator, Looking, Opened, Professional, Since, opened
from services.prescription.model import Beneficiary
from services.prescription.web import copying, printing
from services.prescription.web.forms import room

router = room()


class Sure(BaseModel):
    """The box must be ticked."""

    sure: Literal["yes"]


@router.get("/habitants/{beneficiary_id}/copie.pdf", dependencies=[own(opened), traced(acts.COPY_PRINTED)])
async def copy(transact: Transact, asking: Opened, since: Since, beneficiary_id: BeneficiaryId) -> Response:
    async def told(tx: Transaction) -> printing.Told:
        person = await usecases.read(tx, beneficiary_id, asking, "copy", since=since)
        await tx.flush()
        return await copying.copy_told(tx, person.id)

    return await printing.answer("copy.typ", await transact(told), "mes-donnees.pdf")


@router.get("/habitants/{beneficiary_id}/effacer", dependencies=[own_within(usecases.read), traced(acts.RECORD_READ)])
async def before_erasing(page: Page, look: Looking) -> Response:
    async def shown(tx: Transaction, person: Beneficiary) -> Response:
        return page.show("erase.html", person=person, books=await queries.books_of(tx, person.id), words=wording)

    return await look(shown)


@router.post("/habitants/{beneficiary_id}/effacer", dependencies=[own(opened), traced(acts.ERASED)])
async def erase(
    page: Page, transact: Transact, asking: Opened, beneficiary_id: BeneficiaryId, _: Annotated[Sure, Form()]
) -> Response:
    done = await transact(lambda tx: usecases.erase(tx, beneficiary_id, cause="asked", by=asking.name))
    return page.redirect(
        f"/effacements/{done.number}",
        said=f"Les données sont effacées ici. Donnez ce numéro à la personne : {done.number}.",
    )


@router.get("/effacements")
async def erasures(page: Page, reading: Read, _: Administrator) -> Response:
    return page.show("erasures.html", erasures=await queries.erasures(reading), words=wording)


@router.get("/effacements/{number}", dependencies=[shared("un numéro et des dates, sans nom")])
async def erasure(page: Page, reading: Read, _: Professional, number: str) -> Response:
    return page.show("erasures.html", erasures=[await queries.erasure(reading, number)], words=wording)
