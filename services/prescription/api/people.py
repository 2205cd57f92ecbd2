"""Residents: registered once each, read for a reason, merged, forgotten."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from chassis.db import Transaction
from chassis.web import Command, Read, Transact
from contracts.ids import BeneficiaryId
from services.prescription import queries, usecases
from services.prescription.access import Administrator, Asking, Opened, Prescriber, Professional, Reason, Since
from services.prescription.api.views import BookView, ClaimView, ErasureView, PersonView
from services.prescription.model import Registration
from services.prescription.model.reading import LONGEST_REASON

router = APIRouter()

GivenReason = Annotated[str, Query(max_length=LONGEST_REASON)]


class Merging(BaseModel):
    kept_id: BeneficiaryId
    merged_id: BeneficiaryId
    reason: Reason


@router.post("/beneficiaries", status_code=201, response_model=PersonView)
async def register(command: Command, told: Registration, who: Prescriber) -> Response:
    return await command.once(lambda tx: usecases.register(tx, told, by=who.prescriber_id), PersonView.of)


@router.post("/claims", status_code=202, response_model=ClaimView)
async def claim(command: Command, told: Registration, who: Prescriber) -> Response:
    """«It is not the same person»: an administrator decides."""
    return await command.once(lambda tx: usecases.claim(tx, told, by=who.prescriber_id), ClaimView.of, 202)


@router.get("/beneficiaries/{beneficiary_id}")
async def person(
    transact: Transact, asking: Asking, since: Since, beneficiary_id: BeneficiaryId, reason: GivenReason = ""
) -> PersonView:
    """Another centre's record opens with a `reason`, which is recorded."""

    async def read(tx: Transaction) -> PersonView:
        if reason.strip():
            await usecases.give_reason(tx, beneficiary_id, asking, reason.strip())
            await tx.flush()
        person = await usecases.read(tx, beneficiary_id, asking, "api", since=since)
        return PersonView.of(person, [BookView.of(book) for book in await queries.books_of(tx, person.id)])

    return await transact(read)


@router.put("/beneficiaries/{beneficiary_id}")
async def change_person(
    transact: Transact, asking: Opened, beneficiary_id: BeneficiaryId, told: Registration
) -> PersonView:
    """The whole form anew."""
    return PersonView.of(await transact(lambda tx: usecases.change_person(tx, beneficiary_id, told, by=asking)))


@router.post("/beneficiaries/{beneficiary_id}/claims", status_code=202, response_model=ClaimView)
async def claim_name(command: Command, asking: Opened, beneficiary_id: BeneficiaryId, told: Registration) -> Response:
    """«It is not the same person»: the name waits for an administrator; the rest is changed."""
    return await command.once(lambda tx: usecases.claim_name(tx, beneficiary_id, told, by=asking), ClaimView.of, 202)


@router.delete("/beneficiaries/{beneficiary_id}", status_code=202)
async def erase(transact: Transact, asking: Opened, beneficiary_id: BeneficiaryId) -> ErasureView:
    done = await transact(lambda tx: usecases.erase(tx, beneficiary_id, cause="asked", by=asking.name))
    return ErasureView.of(done)


@router.get("/erasures/{number}")
async def erasure(reading: Read, _: Professional, number: str) -> ErasureView:
    """Who has answered."""
    return ErasureView.of(await queries.erasure(reading, number))


@router.post("/merges", status_code=204)
async def merge(command: Command, _: Administrator, asking: Asking, asked: Merging) -> Response:
    return await command.done(
        lambda tx: usecases.merge(tx, asked.kept_id, asked.merged_id, reason=asked.reason, by=asking)
    )
