"""Who asked to be forgotten, and what is due."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, delete, func, select

from chassis.db import Reading, Transaction, any_of
from contracts.ids import BeneficiaryId
from services.prescription.model import ErasureRequest

PENDING = ErasureRequest.executed_at.is_(None), ErasureRequest.withdrawn_at.is_(None)


async def pending_request(reading: Reading, beneficiary_id: BeneficiaryId) -> ErasureRequest | None:
    """Of this person; not under an id that was merged."""
    query = select(ErasureRequest).where(ErasureRequest.beneficiary_id == beneficiary_id, *PENDING)
    return (await reading.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def requests_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[ErasureRequest]:
    """All that are known of this person, as they came."""
    query = select(ErasureRequest).where(ErasureRequest.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(ErasureRequest.asked_at))).all()


async def requests_for_update(tx: Transaction, people: Collection[UUID]) -> Sequence[ErasureRequest]:
    """All that are known of these people, the one that is due first before the others."""
    query = select(ErasureRequest).where(any_of(ErasureRequest.beneficiary_id, people))
    return (await tx.scalars(query.order_by(ErasureRequest.due_at, ErasureRequest.id).with_for_update())).all()


async def request_of(reading: Reading, number: str) -> ErasureRequest | None:
    return (await reading.scalars(select(ErasureRequest).where(ErasureRequest.number == number))).one_or_none()


async def due_requests(reading: Reading, now: datetime) -> Sequence[BeneficiaryId]:
    """Whose, the oldest first."""
    query = select(ErasureRequest.beneficiary_id).where(ErasureRequest.due_at <= now, *PENDING)
    people = await reading.scalars(query.order_by(ErasureRequest.due_at, ErasureRequest.id))
    return [beneficiary_id for beneficiary_id in people if beneficiary_id]


async def erasure_requests(reading: Reading, most: int = 200) -> Sequence[ErasureRequest]:
    """Those that wait first, by their day; then the others, the newest first."""
    over = case((func.num_nulls(ErasureRequest.executed_at, ErasureRequest.withdrawn_at) == 2, 0), else_=1)  # noqa: PLR2004 - neither
    by_day = case((over == 0, ErasureRequest.due_at))
    query = select(ErasureRequest).order_by(over, by_day, ErasureRequest.asked_at.desc()).limit(most)
    return (await reading.scalars(query)).all()


async def executed_since(reading: Reading, since: datetime | None) -> Sequence[ErasureRequest]:
    query = select(ErasureRequest).where(ErasureRequest.executed_at.is_not(None))
    query = query.where(ErasureRequest.executed_at >= since) if since else query
    return (await reading.scalars(query.order_by(ErasureRequest.executed_at, ErasureRequest.id))).all()


async def forget_requests(tx: Transaction, before: datetime) -> None:
    """What ended before then."""
    ended = func.coalesce(ErasureRequest.executed_at, ErasureRequest.withdrawn_at)
    await tx.execute(delete(ErasureRequest).where(ended < before))
