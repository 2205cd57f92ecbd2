"""Residents: registered once each, read for a reason, merged, forgotten."""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from chassis.db import Transaction
from chassis.refusal import Refusal
from chassis.web import Command, Transact, own, own_within, shared, traced
from contracts.ids import BeneficiaryId
from county.reasons import Reason
from services.prescription import acts, queries, usecases
from services.prescription.access import Administrator, Asking, Counting, Opened, Prescriber, Since, opened
from services.prescription.api.views import BookView, ClaimView, PersonView
from services.prescription.model import Registration

router = APIRouter()


class Opening(BaseModel):
    reason: Reason


class Merging(BaseModel):
    kept_id: BeneficiaryId
    merged_id: BeneficiaryId
    reason: Reason


@router.post(
    "/beneficiaries",
    status_code=201,
    response_model=PersonView,
    dependencies=[shared("une nouvelle fiche"), traced(acts.REGISTERED)],
)
async def register(command: Command, form: Registration, who: Prescriber, alike: Counting) -> Response:
    try:
        return await command.run(lambda tx: usecases.register(tx, form, by=who.prescriber_id), PersonView.of)
    except Refusal as refusal:
        await alike(refusal)
        raise


@router.post(
    "/claims",
    status_code=202,
    response_model=ClaimView,
    dependencies=[shared("une nouvelle fiche"), traced(acts.CLAIMED)],
)
async def claim(command: Command, form: Registration, who: Prescriber) -> Response:
    """«It is not the same person»: an administrator decides."""
    return await command.run(lambda tx: usecases.claim(tx, form, by=who.prescriber_id), ClaimView.of, 202)


@router.get(
    "/beneficiaries/{beneficiary_id}", dependencies=[own_within(usecases.open_record), traced(acts.RECORD_READ)]
)
async def person(transact: Transact, asking: Asking, since: Since, beneficiary_id: BeneficiaryId) -> PersonView:
    """Another centre's record is opened first, for a reason."""

    async def read(tx: Transaction) -> PersonView:
        person = await usecases.open_record(tx, beneficiary_id, asking, "api", since=since)
        return PersonView.of(person, [BookView.of(book) for book in await queries.books_of(tx, person.id)])

    return await transact(read)


@router.post(
    "/beneficiaries/{beneficiary_id}/openings",
    status_code=204,
    dependencies=[shared("la raison est enregistrée et ouvre"), traced(acts.OPENED)],
)
async def open_with_reason(command: Command, asking: Asking, beneficiary_id: BeneficiaryId, given: Opening) -> Response:
    """Another centre's record opens for a while; the reason is recorded."""
    return await command.done(lambda tx: usecases.give_reason(tx, beneficiary_id, asking, given.reason))


@router.put("/beneficiaries/{beneficiary_id}", dependencies=[own(opened), traced(acts.CHANGED)])
async def change_person(
    transact: Transact, asking: Opened, beneficiary_id: BeneficiaryId, form: Registration, alike: Counting
) -> PersonView:
    """Takes the whole form anew."""
    try:
        return PersonView.of(await transact(lambda tx: usecases.change_person(tx, beneficiary_id, form, by=asking)))
    except Refusal as refusal:
        await alike(refusal)
        raise


@router.post(
    "/beneficiaries/{beneficiary_id}/claims",
    status_code=202,
    response_model=ClaimView,
    dependencies=[own(opened), traced(acts.CLAIMED)],
)
async def claim_name(command: Command, asking: Opened, beneficiary_id: BeneficiaryId, form: Registration) -> Response:
    """«It is not the same person»: the name waits for an administrator; the rest is changed."""
    return await command.run(lambda tx: usecases.claim_name(tx, beneficiary_id, form, by=asking), ClaimView.of, 202)


@router.post("/merges", status_code=204, dependencies=[traced(acts.MERGED)])
async def merge(command: Command, _: Administrator, asking: Asking, asked: Merging) -> Response:
    return await command.done(
        lambda tx: usecases.merge(tx, asked.kept_id, asked.merged_id, reason=asked.reason, by=asking)
    )
