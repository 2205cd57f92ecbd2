"""What a person may ask: a copy of what is stored of them, and to be forgotten."""

from typing import Annotated, Literal

from fastapi import Form
from pydantic import BaseModel
from starlette.responses import Response

from chassis.db import Transaction
from chassis.web import FormCommand, Page, Read, Transact, own, own_within, shared, traced
from contracts.ids import BeneficiaryId
from services.prescription import acts, queries, usecases, wording
from services.prescription.access import Administrator, Copied, Looking, Opened, Professional, Told, copied, opened
from services.prescription.model import Beneficiary
from services.prescription.web import copying
from services.prescription.web.forms import room

router = room()


class Sure(BaseModel):
    """The box must be ticked."""

    sure: Literal["yes"]


@router.get("/habitants/{beneficiary_id}/copie", dependencies=[own(copied)])
async def copy(page: Page, reading: Read, told: Told, beneficiary_id: BeneficiaryId) -> Response:
    """Which services have answered, and the copy once all have; nothing of the person, so it is no reading."""
    person = await queries.person(reading, beneficiary_id)
    asked = await queries.copy_of(reading, person.id)
    until = asked.ready_at + told.retention.copies if asked and asked.ready_at else None
    late = bool(asked and asked.is_late(page.now, told.copies_due))
    return page.show("copy.html", person_id=person.id, copy=asked, until=until, late=late, words=wording)


@router.post("/habitants/{beneficiary_id}/copie", dependencies=[own(copied), traced(acts.COPY_ASKED)])
async def request_copy(command: FormCommand, asking: Copied, told: Told, beneficiary_id: BeneficiaryId) -> Response:
    secret = told.secret.get_secret_value()
    return await command.once(
        lambda tx: usecases.request_copy(tx, beneficiary_id, asking, secret),
        goto=lambda _: f"/habitants/{beneficiary_id}/copie",
        said=lambda _: "La copie est demandée aux quatre services.",
    )


@router.get("/habitants/{beneficiary_id}/copie.pdf", dependencies=[own(copied), traced(acts.COPY_HANDED)])
async def copy_on_paper(transact: Transact, asking: Copied, told: Told, beneficiary_id: BeneficiaryId) -> Response:
    secret = told.secret.get_secret_value()
    handed = await transact(lambda tx: usecases.hand_copy(tx, beneficiary_id, asking, secret))
    return await copying.on_paper(handed, told.data_url)


@router.get("/habitants/{beneficiary_id}/copie.json", dependencies=[own(copied), traced(acts.COPY_HANDED)])
async def copy_as_file(transact: Transact, asking: Copied, told: Told, beneficiary_id: BeneficiaryId) -> Response:
    secret = told.secret.get_secret_value()
    return copying.as_file(await transact(lambda tx: usecases.hand_copy(tx, beneficiary_id, asking, secret)))


@router.get("/copies")
async def open_copies(page: Page, reading: Read, _: Administrator, told: Told) -> Response:
    """Those that not all services have answered; the law gives a month."""
    copies = [(copy, copy.is_late(page.now, told.copies_due)) for copy in await queries.open_copies(reading)]
    return page.show("copies.html", copies=copies, due=told.copies_due.days, words=wording)


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
