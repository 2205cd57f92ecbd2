"""Mediators, labels that end, and what other services told."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from chassis.clock import PARIS
from chassis.db import Reading, Transaction
from chassis.erasure import forget
from chassis.outbox import publish
from contracts.booking import SessionFilled
from contracts.catalogue import CatalogueErasureCompleted, MediatorLeft
from contracts.ids import MediatorId, SpaceId
from contracts.prescription import BeneficiaryErased, CentreChanged, CentreClosed, CentreOpened
from services.catalogue import queries
from services.catalogue.model import Centre, Mediator, MediatorForm, Session
from services.catalogue.usecases.feeds import renew_when_left


async def upsert_mediator(tx: Transaction, mediator_id: MediatorId, form: MediatorForm) -> Mediator:
    """Post, change, or let leave; saying the same again changes nothing."""
    today = tx.now.astimezone(PARIS).date()
    mediator = await tx.get(Mediator, mediator_id, with_for_update=True)
    was_in_post = mediator is not None and mediator.in_post
    if mediator is None:
        mediator = Mediator.posted(mediator_id, form, today)
        tx.add(mediator)
    elif not mediator.changed(form, today):
        return mediator
    if was_in_post and not mediator.in_post:
        await renew_when_left(tx, mediator)
    publish(tx, mediator.stated(), mediator.reached())
    return mediator


async def leaving_mediators(reading: Reading, _: datetime | None = None) -> Sequence[MediatorId]:
    return await queries.leaving_mediators(reading)


async def publish_departures(tx: Transaction, among: Collection[MediatorId] | None = None) -> None:
    """A departure that was told ahead is said on its day. Of all mediators, or of some."""
    today = tx.now.astimezone(PARIS).date()
    mediators = await queries.mediators_for_update(tx, await leaving_mediators(tx) if among is None else among)
    looked_at = [(mediator, mediator.look(today)) for mediator in mediators]
    for mediator, event in looked_at:
        if isinstance(event, MediatorLeft):
            await renew_when_left(tx, mediator)
    for mediator, event in looked_at:
        if event:
            publish(tx, event, mediator.reached())


async def publish_mediators(tx: Transaction) -> None:
    """A timed job: whoever reads it anew, or read it in a version that said it elsewhere, learns how to reach them."""
    publish(tx, *[mediator.reached() for mediator in await queries.all_mediators(tx) if mediator.in_post])


async def spaces_with_ending_labels(reading: Reading, _: datetime | None = None) -> Sequence[SpaceId]:
    return await queries.spaces_with_ending_labels(reading)


async def publish_label_ends(tx: Transaction, among: Collection[SpaceId] | None = None, *, warns: timedelta) -> None:
    """Once a label nears its end, and once it has ended (rule 11). Of all spaces, or of some."""
    today = tx.now.astimezone(PARIS).date()
    labels = await queries.ending_labels_for_update(tx, await spaces_with_ending_labels(tx) if among is None else among)
    publish(tx, *[event for label in labels for event in label.look(today, warns)])


async def upsert_centre(tx: Transaction, event: CentreOpened | CentreChanged | CentreClosed) -> None:
    known = await tx.get(Centre, event.centre_id, with_for_update=True)
    if known and known.version >= event.version:
        return
    await tx.merge(
        Centre(
            id=event.centre_id,
            version=event.version,
            name=event.name,
            commune_insee=event.commune_insee,
            phone=event.phone,
            open=not isinstance(event, CentreClosed),
        )
    )


def record_seats(tx: Transaction, session: Session | None, event: SessionFilled) -> None:
    """How many are in, those to whom a seat is offered included."""
    if session and (more := session.filled(event.version, event.taken + event.offered, event.waiting, tx.now)):
        publish(tx, more)


async def erase_beneficiary(tx: Transaction, event: BeneficiaryErased) -> None:
    """Catalogue knows nobody; it says so, and never keeps what a late event says of that person. Rule 27."""
    await forget(tx, event.beneficiary_id)
    publish(tx, CatalogueErasureCompleted(beneficiary_id=event.beneficiary_id, service="catalogue"))
