"""Centres and those who prescribe there."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from chassis.db import Reading, Transaction
from chassis.refusal import NotFound
from contracts.ids import CentreId, PrescriberId
from services.prescription.model import Centre, MayNotPrescribe, Prescriber


class NoSuchCentre(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce centre n'existe pas. L'administrateur doit d'abord le créer.")


class NoSuchPrescriber(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce prescripteur n'existe pas. L'administrateur doit d'abord le nommer.")


async def centre(reading: Reading, centre_id: CentreId) -> Centre:
    """Raises NoSuchCentre."""
    known = await reading.get(Centre, centre_id)
    if known is None:
        raise NoSuchCentre
    return known


async def centre_for_update(tx: Transaction, centre_id: CentreId) -> Centre | None:
    """Answers None for a centre that was never opened."""
    return await tx.get(Centre, centre_id, with_for_update=True)


async def centres(reading: Reading) -> Sequence[Centre]:
    return (await reading.scalars(select(Centre).order_by(Centre.name))).all()


async def open_centres(reading: Reading) -> Sequence[Centre]:
    return (await reading.scalars(select(Centre).where(Centre.is_open).order_by(Centre.name))).all()


async def prescribers(reading: Reading) -> Sequence[Prescriber]:
    query = select(Prescriber).options(selectinload(Prescriber.centre)).order_by(Prescriber.name)
    return (await reading.scalars(query)).all()


async def prescriber(reading: Reading, prescriber_id: PrescriberId | None) -> Prescriber:
    """Loads who prescribes. Raises MayNotPrescribe when the signed-in person is none of ours."""
    query = select(Prescriber).options(selectinload(Prescriber.centre)).where(Prescriber.id == prescriber_id)
    known = (await reading.scalars(query)).one_or_none()
    if known is None:
        raise MayNotPrescribe
    return known


async def named(reading: Reading, prescriber_id: PrescriberId) -> Prescriber:
    """Loads a prescriber for the administrator. Raises NoSuchPrescriber."""
    query = select(Prescriber).options(selectinload(Prescriber.centre)).where(Prescriber.id == prescriber_id)
    known = (await reading.scalars(query)).one_or_none()
    if known is None:
        raise NoSuchPrescriber
    return known


async def prescriber_or_none(reading: Reading, prescriber_id: PrescriberId) -> Prescriber | None:
    return await reading.get(Prescriber, prescriber_id)


async def first_prescriber_of(reading: Reading, centre_id: CentreId) -> PrescriberId | None:
    """Answers the id of the one who was named first there."""
    query = select(Prescriber.id).where(Prescriber.centre_id == centre_id).order_by(Prescriber.id).limit(1)
    return (await reading.scalars(query)).first()
