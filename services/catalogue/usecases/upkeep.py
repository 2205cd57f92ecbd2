"""Trainings, mediators, labels that end, and what other services told."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta

from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.outbox import say
from contracts.booking import SessionFilled
from contracts.event import Event
from contracts.ids import MediatorId, TrainingId, uuid7
from contracts.prescription import CentreChanged, CentreClosed, CentreOpened
from services.catalogue import queries
from services.catalogue.model import Centre, Mediator, MediatorForm, Session, Training
from services.catalogue.trainings import TrainingText


async def publish(tx: Transaction, texts: Iterable[TrainingText]) -> Mapping[str, int]:
    """Publish what is new, rewrite what differs. The answer counts created, changed and unchanged."""
    known = await queries.trainings_by_code(tx)
    counts: Counter[str] = Counter()
    said: list[Event] = []
    for text in texts:
        if training := known.get(text.code):
            changed = training.rewritten(text)
            counts["changed" if changed else "unchanged"] += 1
            said += [changed] if changed else []
        else:
            training, published = Training.published(TrainingId(uuid7()), text)
            tx.add(training)
            counts["created"] += 1
            said.append(published)
    say(tx, *said)
    return counts


async def keep_mediator(tx: Transaction, mediator_id: MediatorId, form: MediatorForm) -> Mediator:
    """Post, change, or let leave; saying the same again changes nothing."""
    mediator = await tx.get(Mediator, mediator_id, with_for_update=True)
    if mediator is None:
        mediator = Mediator.posted(mediator_id, form)
        tx.add(mediator)
    elif not mediator.changed(form):
        return mediator
    say(tx, mediator.stated())
    return mediator


async def look_at_labels(tx: Transaction, *, warns: timedelta) -> None:
    """Once a label nears its end, and once it has ended (rule 11)."""
    today = tx.now.astimezone(PARIS).date()
    said = [event for label in await queries.labels_with_an_end(tx) for event in label.look(today, warns)]
    say(tx, *said)


async def keep_centre(tx: Transaction, event: CentreOpened | CentreChanged | CentreClosed) -> None:
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


def keep_seats(session: Session | None, event: SessionFilled) -> None:
    """How many are in; an older telling changes nothing."""
    if session and event.version > session.fill_version:
        session.fill_version, session.waiting = event.version, event.waiting
        session.taken = min(event.taken + event.offered, session.capacity)
