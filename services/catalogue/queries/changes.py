"""What changed since a moment, the withdrawn, closed and cancelled included: for partners who store a copy."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import literal, select, tuple_
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.sql.base import ExecutableOption

from chassis.db import Reading
from services.catalogue.model import Session, Space, Training
from services.catalogue.queries.sessions import begins_after, with_parts
from services.catalogue.queries.spaces import WITH_LABELS

T = TypeVar("T", Training, Space, Session)

FIRST = UUID(int=0)
WITH: dict[type[object], tuple[ExecutableOption, ...]] = {Training: (), Space: (WITH_LABELS,), Session: with_parts()}


async def changed_since(
    reading: Reading, kind: type[T], since: datetime, *, after: UUID | None = None, limit: int = 200
) -> Sequence[T]:
    """List what changed, in that order. `after` is the last read of those that changed at `since` itself."""
    query = select(kind).where(tuple_(kind.changed_at, kind.id) > tuple_(since, after or FIRST))
    return (await reading.scalars(query.order_by(kind.changed_at, kind.id).limit(limit).options(*WITH[kind]))).all()


class LastRead(NamedTuple):
    """The place of a session in the order of all: others may begin, move or be cancelled meanwhile."""

    start: datetime
    end: datetime
    id: UUID


async def upcoming_sessions_after(
    reading: Reading, now: datetime, *, last: LastRead | None = None, limit: int = 200
) -> Sequence[Session]:
    """List scheduled sessions, the soonest first, from the last one read on."""
    query = select(Session).where(Session.state == "scheduled", begins_after(now)).options(*with_parts())
    if last:
        during = literal(Range(last.start, last.end), TSTZRANGE)
        query = query.where(tuple_(Session.during, Session.id) > tuple_(during, last.id))
    return (await reading.scalars(query.order_by(Session.during, Session.id).limit(limit))).all()


async def offered_trainings(reading: Reading, now: datetime) -> Sequence[tuple[Training, Space]]:
    """List what can be had where: trainings with the listed spaces in which one of their sessions is to come."""
    pairs = select(Session.training_id, Session.space_id).where(Session.state == "scheduled", begins_after(now))
    these = pairs.distinct().subquery()
    query = (
        select(Training, Space)
        .join(these, these.c.training_id == Training.id)
        .join(Space, Space.id == these.c.space_id)
        .where(Space.state == "listed")
        .order_by(Space.id, Training.code)
    )
    return [(training, space) for training, space in await reading.execute(query)]
