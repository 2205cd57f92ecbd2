"""Mediators: in post, leaving, all of them."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select

from chassis.db import Reading, Transaction, any_of
from contracts.ids import MediatorId
from services.catalogue.model import Mediator
from services.catalogue.model.refusals import NoSuchMediator


async def mediators(reading: Reading, today: date) -> Sequence[Mediator]:
    """List who is in post, those included who leave later."""
    in_post = Mediator.left_on.is_(None) | (Mediator.left_on > today)
    return (await reading.scalars(select(Mediator).where(in_post).order_by(Mediator.name))).all()


async def leaving_mediators(reading: Reading) -> Sequence[MediatorId]:
    """List who has left, or is to leave."""
    return (await reading.scalars(select(Mediator.id).where(Mediator.left_on.isnot(None)))).all()


async def mediator_for_update(tx: Transaction, mediator_id: MediatorId) -> Mediator | None:
    """Lock this mediator, if there is one."""
    return await tx.get(Mediator, mediator_id, with_for_update=True)


async def mediators_for_update(tx: Transaction, ids: Collection[MediatorId]) -> Sequence[Mediator]:
    query = select(Mediator).where(any_of(Mediator.id, ids)).order_by(Mediator.id).with_for_update()
    return (await tx.scalars(query)).all()


async def all_mediators(reading: Reading) -> Sequence[Mediator]:
    """List all; those who left come last."""
    return (await reading.scalars(select(Mediator).order_by(Mediator.left_on.isnot(None), Mediator.name))).all()


async def mediator(reading: Reading, mediator_id: MediatorId) -> Mediator:
    mediator = await reading.get(Mediator, mediator_id)
    if mediator is None:
        raise NoSuchMediator
    return mediator


async def mediator_or_none(reading: Reading, mediator_id: MediatorId) -> Mediator | None:
    return await reading.get(Mediator, mediator_id)
