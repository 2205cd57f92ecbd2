"""Mediators are posted, change and leave; the calendars whose addresses they knew get others. Rules 10 and 19."""

from collections.abc import Collection

from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.outbox import publish
from contracts.catalogue import MediatorLeft
from contracts.ids import MediatorId, SpaceId
from services.catalogue import queries
from services.catalogue.model import Author, Mediator, MediatorForm


async def upsert_mediator(tx: Transaction, mediator_id: MediatorId, form: MediatorForm) -> Mediator:
    """Post, change, or let leave; the same form a second time changes nothing."""
    today = tx.now.astimezone(PARIS).date()
    mediator = await queries.mediator_for_update(tx, mediator_id)
    was_in_post = mediator is not None and mediator.in_post
    if mediator is None:
        mediator = Mediator.posted(mediator_id, form, today)
        tx.add(mediator)
    elif not mediator.change(form, today):
        return mediator
    if was_in_post and not mediator.in_post:
        await _renew_feeds_known_to(tx, mediator)
    publish(tx, mediator.stated(), mediator.contact())
    return mediator


async def publish_departures(tx: Transaction, among: Collection[MediatorId] | None = None) -> None:
    """Publish on its day a departure that was entered ahead. Of all mediators, or of some."""
    today = tx.now.astimezone(PARIS).date()
    ids = await queries.leaving_mediators(tx) if among is None else among
    events = [(mediator, mediator.due_event(today)) for mediator in await queries.mediators_for_update(tx, ids)]
    for mediator, event in events:
        if isinstance(event, MediatorLeft):
            await _renew_feeds_known_to(tx, mediator)
    for mediator, event in events:
        if event:
            publish(tx, event, mediator.contact())


async def publish_mediators(tx: Transaction) -> None:
    """Publish how to reach who is in post, for whoever reads the topic anew or read it in an earlier version."""
    publish(tx, *[mediator.contact() for mediator in await queries.all_mediators(tx) if mediator.in_post])


async def renew_feed(
    tx: Transaction, by: Author, *, space_id: SpaceId | None = None, mediator_id: MediatorId | None = None
) -> None:
    """Give a calendar another address: whoever had the former one reads nothing more. Raises NotYourSession."""
    by.check(mediator_id, space_id)
    if about := space_id or mediator_id:
        await queries.renew_feeds(tx, [about])


async def _renew_feeds_known_to(tx: Transaction, mediator: Mediator) -> None:
    """Their own, and those of the spaces where they worked."""
    await queries.renew_feeds(tx, {mediator.id, *mediator.space_ids})
