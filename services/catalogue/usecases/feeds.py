"""Whoever has the address of a calendar reads it: it can be taken back, and is when somebody who knew it leaves."""

from chassis.db import Transaction
from contracts.ids import MediatorId, SpaceId
from services.catalogue import queries
from services.catalogue.model import Author, Mediator


async def renew_feed(
    tx: Transaction, by: Author, *, space_id: SpaceId | None = None, mediator_id: MediatorId | None = None
) -> None:
    """Raises NotYours."""
    by.check(mediator_id, space_id)
    if about := space_id or mediator_id:
        await queries.renew_feeds(tx, [about])


async def renew_when_left(tx: Transaction, mediator: Mediator) -> None:
    """Their own, and those of the spaces where they worked."""
    await queries.renew_feeds(tx, {mediator.id, *mediator.space_ids})
