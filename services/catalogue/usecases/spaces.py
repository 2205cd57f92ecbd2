"""Spaces are added and corrected by hand, closed and labelled; their labels end. Rules 10 and 11."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from sqlalchemy.exc import IntegrityError

from chassis.clock import PARIS
from chassis.db import Transaction, constraint
from chassis.outbox import publish
from contracts.catalogue import SpaceClosed, SpaceListed
from contracts.ids import SpaceId, uuid7
from services.catalogue import queries
from services.catalogue.model import LabelForm, LabelsOverlap, Space, SpaceDetails
from services.catalogue.model.refusals import SessionsAfterLabel
from services.catalogue.standards import NO_PIVOT, Place
from services.catalogue.wording import WRITTEN_HERE


async def label_space(tx: Transaction, space_id: SpaceId, form: LabelForm) -> Space:
    """Give a label: from its first day on the space may host sessions. Raises SeatsLater, LabelsOverlap."""
    space = await queries.space_for_update(tx, space_id)
    space.label_from(form, tx.now)
    try:
        await tx.flush()
    except IntegrityError as error:
        if constraint(error) == "pk_labels":
            raise LabelsOverlap from error
        raise
    publish(tx, space.changed(tx.now))
    return space


async def end_label(tx: Transaction, space_id: SpaceId, last_day: date) -> Space:
    """End the label: the space hosts no session after that day. Raises NoLabelThen, SessionsAfterLabel."""
    space = await queries.space_for_update(tx, space_id)
    space.end_label(last_day, tx.now)
    try:
        await tx.flush()
    except IntegrityError as error:
        if constraint(error) == "fk_sessions_label":
            raise SessionsAfterLabel from error
        raise
    publish(tx, space.changed(tx.now))
    return space


async def publish_label_ends(tx: Transaction, among: Collection[SpaceId] | None = None, *, warns: timedelta) -> None:
    """Publish once that a label nears its end, and once that it has ended (rule 11). Of all spaces, or of some."""
    today = tx.now.astimezone(PARIS).date()
    ids = await queries.spaces_with_ending_labels(tx) if among is None else among
    labels = await queries.ending_labels_for_update(tx, ids)
    publish(tx, *[event for label in labels for event in label.due_events(today, warns)])


async def add_space(tx: Transaction, details: SpaceDetails) -> Space:
    """Add a place that no file has. Raises ValidationError where the standard would."""
    space_id = SpaceId(uuid7())
    ours = {"id": str(space_id), "pivot": NO_PIVOT, "source": WRITTEN_HERE, "date_maj": tx.now.date()}
    space = Space.listed(space_id, Place.model_validate(details.values | ours), tx.now)
    space.correct(details, tx.now)
    tx.add(space)
    publish(tx, space.stated(SpaceListed, tx.now))
    return space


async def correct_space(tx: Transaction, space_id: SpaceId, details: SpaceDetails) -> Space:
    """Correct by hand, over what the file has. Raises ValidationError where the standard would."""
    space = await queries.space_for_update(tx, space_id)
    before = space.where
    if space.correct(details, tx.now):
        publish(tx, space.changed(tx.now))
    if space.where != before:
        await readdress(tx, [space.id])
    return space


async def readdress(tx: Transaction, space_ids: Sequence[SpaceId]) -> None:
    """Announce the right address to those booked there (rule 13). The spaces are locked."""
    sessions = await queries.upcoming_sessions_for_update(tx, space_ids)
    publish(tx, *[session.readdress(tx.now) for session in sessions])


async def close_space(tx: Transaction, space_id: SpaceId, *, closed: bool) -> Space:
    """Close or open again. Scheduled sessions stay until a person moves or cancels them, and are listed for that."""
    space = await queries.space_for_update(tx, space_id)
    if space.close(tx.now, closed=closed):
        publish(tx, space.stated(SpaceClosed if closed else SpaceListed, tx.now))
    return space
