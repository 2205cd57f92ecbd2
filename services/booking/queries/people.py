"""Files, the people they are about, mediators, messages that failed."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from chassis.db import Reading, Transaction
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, MediatorId
from services.booking.model import (
    Booking,
    File,
    Mediator,
    Person,
    TroubledNotice,
    Wallet,
)


class NoSuchFile(NotFound):
    def __init__(self) -> None:
        super().__init__("Aucun dossier n'est ouvert pour cette personne.")


async def people_kept(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Person]:
    """Locked; those not known yet begin here."""
    if rows := [{"beneficiary_id": id_, "contact_version": 0, "audiences": []} for id_ in sorted(ids)]:
        await tx.execute(insert(Person).on_conflict_do_nothing(), rows)
    query = select(Person).where(Person.beneficiary_id.in_(ids)).order_by(Person.beneficiary_id).with_for_update()
    return {person.beneficiary_id: person for person in await tx.scalars(query)}


async def file(reading: Reading, beneficiary_id: BeneficiaryId) -> File:
    found = await reading.get(File, beneficiary_id)
    if found is None:
        raise NoSuchFile
    return found


async def file_locked(tx: Transaction, beneficiary_id: BeneficiaryId) -> File:
    found = await tx.get(File, beneficiary_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchFile
    return found


async def proposed_files(reading: Reading) -> Sequence[Row[File, Person]]:
    """Who waits longest comes first."""
    query = select(File, Person).join(Person, Person.beneficiary_id == File.beneficiary_id, isouter=True)
    return (await reading.execute(query.where(File.state == "proposed").order_by(File.proposed_at))).all()


async def people_in_care(reading: Reading, mediator_id: MediatorId) -> Sequence[Row[Any]]:
    """(File, Person, Wallet, next start or None): those without a booking first, who waits longest before all."""
    coming = select(Booking.beneficiary_id, func.min(Booking.starts_at).label("next"))
    coming = coming.where(Booking.state == "confirmed").group_by(Booking.beneficiary_id)
    soon = coming.subquery()
    query = (
        select(File, Person, Wallet, soon.c.next)
        .join(Person, Person.beneficiary_id == File.beneficiary_id, isouter=True)
        .join(Wallet, Wallet.beneficiary_id == File.beneficiary_id)
        .join(soon, soon.c.beneficiary_id == File.beneficiary_id, isouter=True)
        .options(selectinload(Wallet.vouchers))
        .where(File.mediator_id == mediator_id, File.state == "accepted")
        .order_by(soon.c.next.asc().nulls_first(), File.accepted_at)
    )
    return (await reading.execute(query)).all()


async def least_busy_mediator(reading: Reading) -> MediatorId | None:
    """In post, with the fewest files."""
    query = (
        select(Mediator.id)
        .join(File, File.mediator_id == Mediator.id, isouter=True)
        .where(Mediator.in_post)
        .group_by(Mediator.id)
        .order_by(func.count(File.beneficiary_id), Mediator.id)
        .limit(1)
    )
    return (await reading.scalars(query)).one_or_none()


async def people(reading: Reading, ids: Collection[UUID]) -> dict[UUID, Person]:
    found = await reading.scalars(select(Person).where(Person.beneficiary_id.in_(ids)))
    return {person.beneficiary_id: person for person in found}


async def troubled_notices(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[TroubledNotice]:
    query = select(TroubledNotice).where(TroubledNotice.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(TroubledNotice.heard_at.desc()).limit(20))).all()
