"""The prescriber's desk: find the person, register them, prescribe; and the administrator's centres."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from pydantic import BaseModel
from starlette.responses import Response

from chassis.communes import all_communes, name_of
from chassis.web import FormCommand, Page, Principal, Read, Transact, allowed
from contracts.ids import BeneficiaryId, CentreId, PrescriberId, uuid7
from contracts.words import Need
from services.prescription import queries, usecases, wording
from services.prescription.model import CentreForm, PrescriberForm, Registration

router = APIRouter(include_in_schema=False)

Prescriber = Annotated[Principal, Depends(allowed("prescriber"))]
Reader = Annotated[Principal, Depends(allowed("prescriber", "administrator"))]
Administrator = Annotated[Principal, Depends(allowed("administrator"))]


class Prescription(BaseModel):
    need: Need


@router.get("/")
async def desk(page: Page, reading: Read, _: Reader, q: str = "") -> Response:
    found = await queries.people_found(reading, q) if q.strip() else []
    return page.show("desk.html", q=q, found=found, name_of=name_of)


@router.get("/habitants/nouveau")
async def new_person(page: Page, _: Prescriber, q: str = "") -> Response:
    return page.show("register.html", q=q, words=wording, communes=all_communes().values())


@router.post("/habitants")
async def register(command: FormCommand, told: Annotated[Registration, Form()], who: Prescriber) -> Response:
    return await command.once(
        lambda tx: usecases.register(tx, told, by=who.prescriber_id),
        goto=lambda person: f"/habitants/{person.id}",
    )


@router.get("/habitants/{beneficiary_id}")
async def person(page: Page, reading: Read, _: Reader, beneficiary_id: BeneficiaryId) -> Response:
    person = await queries.person(reading, beneficiary_id)
    books = await queries.books_of(reading, beneficiary_id)
    troubled = await queries.troubled_notices(reading, beneficiary_id)
    return page.show("person.html", person=person, books=books, troubled=troubled, words=wording, name_of=name_of)


@router.post("/habitants/{beneficiary_id}/chequiers")
async def prescribe(
    command: FormCommand, asked: Annotated[Prescription, Form()], who: Prescriber, beneficiary_id: BeneficiaryId
) -> Response:
    return await command.once(
        lambda tx: usecases.prescribe(tx, beneficiary_id, asked.need, by=who.prescriber_id),
        goto=lambda _: f"/habitants/{beneficiary_id}",
    )


@router.get("/centres")
async def centres(page: Page, reading: Read, _: Administrator) -> Response:
    return page.show(
        "centres.html",
        centres=await queries.centres(reading),
        prescribers=await queries.prescribers(reading),
        communes=all_communes().values(),
        words=wording,
        name_of=name_of,
    )


@router.post("/centres")
async def open_centre(
    page: Page, transact: Transact, form: Annotated[CentreForm, Form()], _: Administrator
) -> Response:
    centre = await transact(lambda tx: usecases.keep_centre(tx, CentreId(uuid7()), form))
    return page.redirect("/centres", said=f"Le centre {centre.name} est ouvert.")


@router.post("/prescripteurs")
async def name_prescriber(
    page: Page, transact: Transact, form: Annotated[PrescriberForm, Form()], _: Administrator
) -> Response:
    named = await transact(lambda tx: usecases.keep_prescriber(tx, PrescriberId(uuid7()), form))
    return page.redirect("/centres", said=f"{named.name} peut prescrire.")
