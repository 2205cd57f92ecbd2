"""Questions about records that may be one person's."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, or_, select

from chassis.db import Reading, Transaction, any_of
from contracts.ids import BeneficiaryId
from services.prescription.model import Beneficiary, Double, Merge, NothingToDecide


async def doubles_waiting(reading: Reading, most: int) -> Sequence[tuple[Double, Beneficiary, Beneficiary | None]]:
    """Lists the oldest first, with both records where there are two."""
    query = select(Double).where(Double.outcome.is_(None)).order_by(Double.asked_at).limit(most)
    doubles = (await reading.scalars(query)).all()
    ids = {double.known_id for double in doubles} | {double.other_id for double in doubles if double.other_id}
    people = {
        person.id: person for person in await reading.scalars(select(Beneficiary).where(any_of(Beneficiary.id, ids)))
    }
    return [
        (double, people[double.known_id], people.get(double.other_id) if double.other_id else None)
        for double in doubles
        if double.known_id in people
    ]


async def doubles_decided(reading: Reading, most: int = 30) -> Sequence[Double]:
    query = select(Double).where(Double.outcome.is_not(None)).order_by(Double.decided_at.desc()).limit(most)
    return (await reading.scalars(query)).all()


async def double_for_update(tx: Transaction, double_id: UUID) -> Double:
    double = await tx.get(Double, double_id, with_for_update=True)
    if double is None or double.outcome is not None:
        raise NothingToDecide
    return double


async def doubles_about(reading: Reading, *beneficiary_ids: BeneficiaryId) -> Sequence[Double]:
    about = or_(any_of(Double.known_id, beneficiary_ids), any_of(Double.other_id, beneficiary_ids))
    return (await reading.scalars(select(Double).where(about))).all()


async def forget_doubles(tx: Transaction, people: Sequence[BeneficiaryId]) -> None:
    await tx.execute(delete(Double).where(or_(any_of(Double.known_id, people), any_of(Double.other_id, people))))
    await tx.execute(delete(Merge).where(any_of(Merge.survivor_id, people)))
