"""Centres and prescribers, upserted by PUT: the same twice is the same once."""

from fastapi import APIRouter

from chassis.web import Transact, traced
from contracts.ids import CentreId, PrescriberId
from services.prescription import acts, usecases
from services.prescription.access import Administrator
from services.prescription.model import CentreForm, PrescriberForm

router = APIRouter()


@router.put("/centres/{centre_id}", status_code=204, dependencies=[traced(acts.CENTRE_WRITTEN)])
async def upsert_centre(transact: Transact, centre_id: CentreId, form: CentreForm, _: Administrator) -> None:
    await transact(lambda tx: usecases.upsert_centre(tx, centre_id, form))


@router.put("/prescribers/{prescriber_id}", status_code=204, dependencies=[traced(acts.PRESCRIBER_WRITTEN)])
async def upsert_prescriber(
    transact: Transact, prescriber_id: PrescriberId, form: PrescriberForm, _: Administrator
) -> None:
    await transact(lambda tx: usecases.upsert_prescriber(tx, prescriber_id, form))


@router.delete("/centres/{centre_id}", status_code=204, dependencies=[traced(acts.CENTRE_CLOSED)])
async def close_centre(transact: Transact, centre_id: CentreId, _: Administrator) -> None:
    """Nobody prescribes there any more; its people stay. A PUT opens it again."""
    await transact(lambda tx: usecases.close_centre(tx, centre_id))
