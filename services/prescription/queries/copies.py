"""Copies that were asked for, and what was answered so far."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, or_, select

from chassis.db import Reading, Transaction, any_of
from contracts.erasure import ServiceName
from contracts.ids import BeneficiaryId
from services.prescription.model import Copy, CopyPart

AT_A_TIME = 100


async def copy_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Copy | None:
    return (await reading.scalars(select(Copy).where(Copy.beneficiary_id == beneficiary_id))).one_or_none()


async def copies_for_update(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Copy]:
    query = select(Copy).where(any_of(Copy.id, ids)).order_by(Copy.id).with_for_update()
    return {copy.id: copy for copy in await tx.scalars(query)}


async def open_copies(reading: Reading) -> Sequence[Copy]:
    """Lists those not yet answered by all, the oldest first."""
    query = select(Copy).where(Copy.ready_at.is_(None)).order_by(Copy.asked_at)
    return (await reading.scalars(query.limit(AT_A_TIME))).all()


async def late_copies_count(reading: Reading, before: datetime) -> int:
    query = select(func.count()).select_from(Copy).where(Copy.ready_at.is_(None), Copy.asked_at < before)
    return (await reading.execute(query)).scalar_one()


async def parts_of(reading: Reading, copy_id: UUID) -> Mapping[ServiceName, Sequence[bytes]]:
    """Loads the sealed parts of each service, in their order."""
    query = select(CopyPart).where(CopyPart.copy_id == copy_id).order_by(CopyPart.service, CopyPart.part)
    parts: defaultdict[ServiceName, list[bytes]] = defaultdict(list)
    for part in await reading.scalars(query):
        parts[part.service].append(part.sealed)
    return parts


async def parts_count(tx: Transaction, copy_id: UUID, service: ServiceName) -> int:
    query = select(func.count()).select_from(CopyPart)
    return (await tx.execute(query.where(CopyPart.copy_id == copy_id, CopyPart.service == service))).scalar_one()


async def forget_parts(tx: Transaction, copy_id: UUID, service: ServiceName) -> None:
    await tx.execute(delete(CopyPart).where(CopyPart.copy_id == copy_id, CopyPart.service == service))


async def forget_copies_of(tx: Transaction, people: Collection[BeneficiaryId]) -> None:
    """Delete them with their keys: what was answered, and is still on its way, is read by nobody any more."""
    await _forget(
        tx, list(await tx.scalars(select(Copy.id).where(any_of(Copy.beneficiary_id, people)).with_for_update()))
    )


async def forget_copies(tx: Transaction, ready_before: datetime, asked_before: datetime) -> None:
    """Delete some of those that were ready before the one moment, or asked for before the other."""
    old = select(Copy.id).where(or_(Copy.ready_at < ready_before, Copy.asked_at < asked_before))
    await _forget(tx, list(await tx.scalars(old.order_by(Copy.id).limit(AT_A_TIME).with_for_update())))


async def _forget(tx: Transaction, ids: Collection[UUID]) -> None:
    await tx.execute(delete(CopyPart).where(any_of(CopyPart.copy_id, ids)))
    await tx.execute(delete(Copy).where(any_of(Copy.id, ids)))
