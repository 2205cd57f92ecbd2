"""Catalogue's own events, read back into its tables after a restore: in the order in which they happened.

Nothing is decided again and nothing is published again. Decision 0076 says, event by event, what comes back.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import selectinload

from chassis import erasure
from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.recovery import Lost, WrittenBefore
from contracts.booking import SessionFilled
from contracts.catalogue import (
    CatalogueErasureCompleted,
    LabelEnded,
    LabelEnding,
    LabelPeriod,
    MediatorLeft,
    MediatorPosted,
    SessionCancelled,
    SessionChanged,
    SessionScheduled,
    SessionState,
    SpaceChanged,
    SpaceClosed,
    SpaceListed,
    TrainingChanged,
    TrainingPublished,
    TrainingWithdrawn,
)
from contracts.event import Event
from contracts.mediators import MediatorForgotten, MediatorStated
from contracts.prescription import BeneficiaryErased
from services.catalogue import queries
from services.catalogue.model import Label, Mediator, Session, Space, Training
from services.catalogue.model.label import ONE_DAY
from services.catalogue.trainings import TrainingText

NOT_KNOWN = "à compléter"
AGAIN = "repris après une restauration"
OfASpace = SpaceListed | SpaceChanged | SpaceClosed
OfATraining = TrainingPublished | TrainingChanged | TrainingWithdrawn


async def recover(tx: Transaction, lost: Lost) -> Collection[UUID]:
    """Read back what was lost, and how many seats are taken too: a capacity is never below them."""
    filled = [record for record in lost.consumed if isinstance(record.event, SessionFilled)]
    for record in sorted([*lost.published, *filled], key=lambda record: record.time):
        if isinstance(record.event, SessionFilled):
            await _fill(tx, record.event, decided=record.id in lost.answered)
        else:
            await _take_up(tx, record.event, record.time)
        await tx.flush()
    trainings = {record.event.training_id for record in lost.published if isinstance(record.event, OfATraining)}
    await queries.replace_terms(tx, [training for id_ in trainings if (training := await tx.get(Training, id_))])
    return {
        record.id
        for record in lost.consumed
        if record.id in lost.answered and isinstance(record.event, BeneficiaryErased)
    }


async def _fill(tx: Transaction, event: SessionFilled, *, decided: bool) -> None:
    """What asks for a larger capacity that was not published is left to the consumer."""
    session, taken = await tx.get(Session, event.session_id), event.taken + event.offered
    if session and event.version > session.fill_version and (decided or taken <= session.capacity):
        session.fill_version, session.taken, session.waiting = event.version, taken, event.waiting
        session.capacity = max(session.capacity, taken)


async def _take_up(tx: Transaction, event: Event, at: datetime) -> None:
    match event:
        case TrainingPublished() | TrainingChanged() | TrainingWithdrawn():
            await _take_up_training(tx, event, at)
        case SpaceListed() | SpaceChanged() | SpaceClosed():
            await _take_up_space(tx, event, at)
        case LabelEnding() | LabelEnded():
            await _note_end(tx, event)
        case MediatorPosted() | MediatorLeft():
            await _take_up_mediator(tx, event)
        case _:
            await _take_up_session_or_erasure(tx, event, at)


async def _take_up_session_or_erasure(tx: Transaction, event: Event, at: datetime) -> None:
    match event:
        case SessionScheduled() | SessionChanged() | SessionCancelled():
            await _take_up_session(tx, event, at)
        case MediatorStated():
            await _name_mediator(tx, event)
        case MediatorForgotten():
            pass  # catalogue knows who was in post
        case CatalogueErasureCompleted():
            await erasure.forget(tx, event.beneficiary_id)
        case _:
            raise TypeError(event)


async def _take_up_training(tx: Transaction, event: OfATraining, at: datetime) -> None:
    """Each version is there again: sessions were sold as one of them. Who wrote it is not known any more."""
    if event.objectives is None:
        raise WrittenBefore(event)
    training = await tx.get(Training, event.training_id)
    if training and training.version >= event.version:
        return
    if training is None:
        training = Training(id=event.training_id)
        tx.add(training)
    for name in (*TrainingText.model_fields, "version", "by_page"):
        value = getattr(event, name)
        setattr(training, name, [*value] if isinstance(value, tuple) else value)
    training.state, training.changed_at = _state(event), at
    await tx.flush()
    tx.add(training.as_version(AGAIN))


def _state(event: OfATraining) -> Literal["published", "withdrawn"]:
    return "withdrawn" if isinstance(event, TrainingWithdrawn) else "published"


async def _take_up_space(tx: Transaction, event: OfASpace, at: datetime) -> None:
    if event.filed is None or event.labels is None:
        raise WrittenBefore(event)
    space = await tx.get(Space, event.space_id, options=[selectinload(Space.labels)])
    if space and space.version >= event.version:
        return
    if space is None:
        space = Space(id=event.space_id, labels=[])
        tx.add(space)
    space.restore(event, at)
    await tx.flush()
    await _take_up_labels(tx, space, event.labels)


async def _take_up_labels(tx: Transaction, space: Space, periods: Collection[LabelPeriod]) -> None:
    """One that ends on another day is the same one; what goes makes room before what comes."""
    wanted = {period.first_day: Label.of(space.id, period) for period in periods}
    for label in [*space.labels]:
        period = wanted.pop(label.period.first_day, None)
        if period is None:
            space.labels.remove(label)
        elif period.valid != label.valid:
            label.valid, label.warned, label.ended = period.valid, False, False
    await tx.flush()
    space.labels.extend(wanted.values())


async def _note_end(tx: Transaction, event: LabelEnding | LabelEnded) -> None:
    space = await queries.space(tx, event.space_id)
    last_day = event.ends_on if isinstance(event, LabelEnding) else event.ended_on
    for label in space.labels:
        if label.last_day == last_day:
            label.warned, label.ended = True, label.ended or isinstance(event, LabelEnded)


async def _take_up_mediator(tx: Transaction, event: MediatorPosted | MediatorLeft) -> None:
    known = await tx.get(Mediator, event.mediator_id)
    if known and known.version >= event.version:
        return
    await tx.merge(
        Mediator(
            id=event.mediator_id,
            version=event.version,
            name=known.name if known else NOT_KNOWN,
            phone=known.phone if known else None,
            email=known.email if known else None,
            space_ids=[*event.space_ids],
            skills=[*event.skills],
            left_on=event.left_on,
            in_post=isinstance(event, MediatorPosted),
        )
    )


async def _name_mediator(tx: Transaction, event: MediatorStated) -> None:
    """The post was read back before: it was published first, and its topic comes first."""
    known = await tx.get(Mediator, event.mediator_id)
    if known and known.version == event.version:
        known.name, known.phone, known.email = event.name, event.phone, event.email


async def _take_up_session(
    tx: Transaction, event: SessionScheduled | SessionChanged | SessionCancelled, at: datetime
) -> None:
    session = await tx.get(Session, event.session_id)
    if session and session.version >= event.version:
        return
    if session is None:
        session = Session(id=event.session_id, taken=0, waiting=0, fill_version=0, reason="")
        tx.add(session)
    match event:
        case SessionCancelled():
            session.state, session.labelled_on, session.reason = "cancelled", None, event.reason
        case SessionScheduled() | SessionChanged():
            _write(session, event)
            session.reason = event.reason if isinstance(event, SessionChanged) else session.reason
    session.version, session.changed_at = event.version, at


def _write(session: Session, event: SessionState) -> None:
    if event.training_version is None:
        raise WrittenBefore(event)
    for name in ("training_id", "training_version", "mediator_id", "capacity"):
        setattr(session, name, getattr(event, name))
    session.space_id, session.room, session.state = event.place.space_id, event.place.room, "scheduled"
    session.during = Range(event.starts_at, event.ends_at)
    day = event.starts_at.astimezone(PARIS).date()
    session.labelled_on = Range(day, day + ONE_DAY)
