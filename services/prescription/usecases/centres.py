"""Centres open, change, close; prescribers are named, moved, stopped. Rule 3."""

from chassis.db import Transaction
from chassis.outbox import publish
from contracts.ids import CentreId, PrescriberId
from services.prescription import queries
from services.prescription.model import Centre, CentreForm, Prescriber, PrescriberForm
from services.prescription.usecases.named_agents import give_account


async def upsert_centre(tx: Transaction, centre_id: CentreId, form: CentreForm) -> Centre:
    """Open it, change it, or open it again; saying the same again changes nothing."""
    centre = await queries.centre_for_update(tx, centre_id)
    if centre is None:
        centre = Centre.opened(centre_id, form)
        tx.add(centre)
    elif not centre.changed(form):
        return centre
    publish(tx, centre.stated())
    return centre


async def close_centre(tx: Transaction, centre_id: CentreId) -> Centre:
    """Stop prescribing there; closing it again changes nothing. Raises NoSuchCentre."""
    centre = await queries.centre_for_update(tx, centre_id)
    if centre is None:
        raise queries.NoSuchCentre
    if centre.close():
        publish(tx, centre.stated())
    return centre


async def upsert_prescriber(tx: Transaction, prescriber_id: PrescriberId, form: PrescriberForm) -> Prescriber:
    """Name a prescriber, move them to another centre, stop them or let them prescribe again; so does their account.

    Raises NoSuchCentre, EmailTaken.
    """
    await queries.centre(tx, form.centre_id)
    prescriber = await tx.merge(Prescriber(id=prescriber_id, **form.model_dump(exclude={"email"})))
    await give_account(tx, prescriber, form.email)
    return prescriber
