"""Places come from files in the national standard, and are corrected, closed and labelled here. Rules 10 and 11."""

from typing import Any

from sqlalchemy.exc import IntegrityError

from chassis.db import Transaction, constraint
from chassis.outbox import say
from contracts.catalogue import SpaceChanged, SpaceClosed, SpaceListed
from contracts.ids import SpaceId
from services.catalogue import queries
from services.catalogue.model import LabelForm, LabelsOverlap, Space


async def label_space(tx: Transaction, space_id: SpaceId, form: LabelForm) -> Space:
    """From its first day on the space may host sessions. Raises LabelsOverlap."""
    space = await queries.space(tx, space_id, locked=True)
    space.label_from(form, tx.now)
    try:
        await tx.flush()
    except IntegrityError as error:
        if constraint(error) == "pk_labels":
            raise LabelsOverlap from error
        raise
    say(tx, space.stated(SpaceChanged))
    return space


async def correct_space(tx: Transaction, space_id: SpaceId, values: dict[str, Any], rooms: list[str]) -> Space:
    """By hand, over what the file says. Raises ValidationError where the standard would."""
    space = await queries.space(tx, space_id, locked=True)
    if space.correct(values, rooms, tx.now):
        say(tx, space.stated(SpaceChanged))
    return space


async def close_space(tx: Transaction, space_id: SpaceId, *, closed: bool) -> Space:
    """Its scheduled sessions stay until a person moves or cancels them: nobody is left at a locked door unseen."""
    space = await queries.space(tx, space_id, locked=True)
    if space.close(tx.now, closed=closed):
        say(tx, space.stated(SpaceClosed if closed else SpaceListed))
    return space
