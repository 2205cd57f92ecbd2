"""Who asks to be forgotten: after a grace, or at once; and who has answered."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response

from chassis.web import Command, Page, Read, Transact, allowed, own, shared, traced
from contracts.ids import BeneficiaryId
from services.prescription import acts, queries, usecases
from services.prescription.access import MayErase, Professional, may_erase
from services.prescription.api.views import ErasureView
from services.prescription.model.erasure import OrdinaryReason, UrgentReason

router = APIRouter()


class Wanted(BaseModel):
    reason: OrdinaryReason


class UrgentlyWanted(BaseModel):
    reason: UrgentReason


@router.post(
    "/beneficiaries/{beneficiary_id}/erasure",
    status_code=202,
    response_model=ErasureView,
    dependencies=[own(may_erase), traced(acts.ERASURE_REQUESTED)],
)
async def request_erasure(
    command: Command, erasing: MayErase, beneficiary_id: BeneficiaryId, wanted: Wanted
) -> Response:
    """Tells the person, and erases them on the day that is answered, unless they say no."""
    asked, grace = erasing.asked(wanted.reason), erasing.grace
    return await command.run(
        lambda tx: usecases.request_erasure(tx, beneficiary_id, asked, grace=grace), ErasureView.asked, 202
    )


@router.delete("/beneficiaries/{beneficiary_id}/erasure", dependencies=[own(may_erase), traced(acts.ERASURE_WITHDRAWN)])
async def withdraw_erasure(transact: Transact, erasing: MayErase, beneficiary_id: BeneficiaryId) -> ErasureView:
    """Nothing is erased."""
    return ErasureView.asked(await transact(lambda tx: usecases.withdraw_erasure(tx, beneficiary_id, by=erasing.by)))


@router.post(
    "/beneficiaries/{beneficiary_id}/erasure/now",
    status_code=202,
    dependencies=[Depends(allowed("administrator")), own(may_erase), traced(acts.ERASED)],
)
async def erase_at_once(
    transact: Transact, erasing: MayErase, beneficiary_id: BeneficiaryId, wanted: UrgentlyWanted
) -> ErasureView:
    """Erases without a grace, when some days would harm the person."""
    asked = erasing.asked(wanted.reason)
    done = await transact(lambda tx: usecases.erase_at_once(tx, beneficiary_id, asked, erasing.digests))
    return ErasureView.done(done)


@router.get("/erasures/{number}", dependencies=[shared("un numéro et des dates, sans nom")])
async def erasure(page: Page, reading: Read, _: Professional, number: str) -> ErasureView:
    """Says until when it can be withdrawn; then, who has answered."""
    request, done = await queries.erasure_numbered(reading, number)
    if done:
        return ErasureView.done(done)
    assert request  # noqa: S101 - one of both
    return ErasureView.asked(request, page.now)
