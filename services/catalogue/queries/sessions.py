"""Sessions with their parts: one, the next ones, those of a week, those that changed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import selectinload
from sqlalchemy.sql.base import ExecutableOption

from chassis.db import Reading, Transaction, any_of
from contracts.ids import MediatorId, SessionId, SpaceId, TrainingId
from services.catalogue.model import (
    Mediator,
    Series,
    Session,
    SessionChange,
    SessionForm,
    SessionParts,
    Space,
    Training,
)
from services.catalogue.model.refusals import NoSuchMediator, NoSuchSession, NoSuchTraining
from services.catalogue.queries.spaces import space_for_update


def begins_after(now: datetime) -> ColumnElement[bool]:
    """Ask for what begins later; as a comparison of ranges, which the indexes on (…, during) know."""
    return Session.during > Range(now, now, bounds="[]")


async def session_parts_for_update(tx: Transaction, form: SessionForm) -> SessionParts:
    """Lock what a session is put together from: no label ends and nobody leaves meanwhile.

    Raises NoSuchTraining, NoSuchMediator, NoSuchSpace.
    """
    training = await tx.get(Training, form.training_id, with_for_update={"read": True})
    if training is None:
        raise NoSuchTraining
    mediator = await tx.get(Mediator, form.mediator_id, with_for_update={"read": True})
    if mediator is None:
        raise NoSuchMediator
    return SessionParts(training, await space_for_update(tx, form.space_id), mediator)


async def lock_session_parts(tx: Transaction, forms: Collection[SessionForm]) -> None:
    """Lock those of many sessions, kind by kind in the order of ids: who puts on others in another order waits."""
    trainings = select(Training.id).where(any_of(Training.id, {form.training_id for form in forms}))
    mediators = select(Mediator.id).where(any_of(Mediator.id, {form.mediator_id for form in forms}))
    spaces = select(Space.id).where(any_of(Space.id, {form.space_id for form in forms}))
    await tx.execute(trainings.order_by(Training.id).with_for_update(read=True))
    await tx.execute(mediators.order_by(Mediator.id).with_for_update(read=True))
    await tx.execute(spaces.order_by(Space.id).with_for_update())


async def session(reading: Reading, session_id: SessionId) -> Session:
    query = select(Session).where(Session.id == session_id).options(*with_parts())
    session = (await reading.scalars(query)).one_or_none()
    if session is None:
        raise NoSuchSession
    return session


async def session_changes(reading: Reading, session_id: SessionId) -> Sequence[SessionChange]:
    """List who changed it, the first first."""
    query = select(SessionChange).where(SessionChange.session_id == session_id).order_by(SessionChange.id)
    return (await reading.scalars(query)).all()


async def session_for_update(tx: Transaction, session_id: SessionId) -> Session:
    await tx.execute(select(Session.id).where(Session.id == session_id).with_for_update())
    return await session(tx, session_id)


async def upcoming_sessions(
    reading: Reading, now: datetime, *, training: Training | None = None, mediator_id: UUID | None = None
) -> Sequence[Session]:
    """List at most 200, the soonest first."""
    query = _scheduled().where(begins_after(now))
    if training:
        query = query.where(Session.training_id == training.id)
    if mediator_id:
        query = query.where(Session.mediator_id == mediator_id)
    return (await reading.scalars(query.order_by(Session.during).limit(200))).all()


async def sessions_during(
    reading: Reading, week: Range[datetime], *, space_id: SpaceId | None = None, mediator_id: MediatorId | None = None
) -> Sequence[Session]:
    """List all in that time, cancelled ones too, the soonest first."""
    query = select(Session).where(Session.during.overlaps(week)).options(*with_parts())
    if space_id:
        query = query.where(Session.space_id == space_id)
    if mediator_id:
        query = query.where(Session.mediator_id == mediator_id)
    return (await reading.scalars(query.order_by(Session.during, Session.id))).all()


async def next_in_space(reading: Reading, space_id: SpaceId, now: datetime, limit: int = 20) -> Sequence[Session]:
    query = _scheduled().where(begins_after(now), Session.space_id == space_id)
    return (await reading.scalars(query.order_by(Session.during).limit(limit))).all()


async def sessions_by_id(reading: Reading, ids: Collection[UUID]) -> Sequence[Session]:
    query = select(Session).where(any_of(Session.id, ids)).options(*with_parts())
    return (await reading.scalars(query.order_by(Session.during))).all()


async def sessions_for_update(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Session]:
    parts = (selectinload(Session.training), selectinload(Session.space).selectinload(Space.labels))
    query = select(Session).where(any_of(Session.id, ids)).order_by(Session.id).with_for_update().options(*parts)
    return {session.id: session for session in await tx.scalars(query)}


async def sessions_left_behind(
    reading: Reading, now: datetime, *, mediator_id: UUID | None = None
) -> Sequence[Session]:
    """List those to come in a closed space, or after the mediator has left: a person moves or cancels them."""
    day = func.date(func.timezone("Europe/Paris", func.lower(Session.during)))
    nobody_there = (Space.state == "closed") | (Mediator.left_on <= day)
    query = _scheduled().join(Session.space).join(Session.mediator).where(begins_after(now), nobody_there)
    if mediator_id:
        query = query.where(Session.mediator_id == mediator_id)
    return (await reading.scalars(query.order_by(Session.during))).all()


async def upcoming_sessions_for_update(tx: Transaction, space_ids: Collection[SpaceId]) -> Sequence[Session]:
    """Lock what is scheduled in these spaces, in the order of ids."""
    query = _scheduled().where(begins_after(tx.now), any_of(Session.space_id, space_ids)).order_by(Session.id)
    return (await tx.scalars(query.with_for_update())).all() if space_ids else ()


async def touch_sessions(tx: Transaction, training_ids: Collection[TrainingId]) -> None:
    """Mark sessions whose training has changed: whoever stores a copy reads them again."""
    to_come = (Session.state == "scheduled", begins_after(tx.now), any_of(Session.training_id, training_ids))
    query = update(Session).where(*to_come).values(changed_at=tx.now)
    await tx.execute(query.execution_options(synchronize_session=False))


async def series(reading: Reading, series_id: UUID) -> Series:
    series = await reading.get(Series, series_id)
    if series is None:
        raise NoSuchSession
    return series


def _scheduled() -> Select[Session]:
    return select(Session).where(Session.state == "scheduled").options(*with_parts())


def with_parts() -> tuple[ExecutableOption, ...]:
    """Load the parts with a session; a part that many share is read once."""
    return (
        selectinload(Session.training),
        selectinload(Session.mediator),
        selectinload(Session.space).selectinload(Space.labels),
    )
