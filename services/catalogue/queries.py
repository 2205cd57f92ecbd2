"""What catalogue asks its database, named by the answer."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from chassis.db import Reading, Transaction
from chassis.plain import plain
from chassis.refusal import NotFound
from contracts.ids import MediatorId, SessionId, SpaceId, TrainingId
from services.catalogue.model import Centre, Label, Mediator, Parts, Session, Space, Training


class NoSuchTraining(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette formation n'est pas au catalogue.")


class NoSuchSpace(NotFound):
    def __init__(self) -> None:
        super().__init__("Cet espace n'est pas dans la liste. Importez d'abord le fichier des lieux.")


class NoSuchMediator(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce médiateur n'est pas connu. L'administrateur doit d'abord l'inscrire.")


class NoSuchSession(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette séance n'existe pas.")


async def trainings(reading: Reading, text: str = "") -> Sequence[Training]:
    """Published, by theme then code; `text` is words of the title, the summary or a theme."""
    query = select(Training).where(Training.state == "published").order_by(Training.code)
    found = (await reading.scalars(query)).all()
    words = plain(text).split()
    return [one for one in found if _says(f"{one.code} {one.title} {one.summary} {' '.join(one.themes)}", words)]


def _says(text: str, words: Sequence[str]) -> bool:
    known = plain(text)
    return all(word in known for word in words)


async def training_by_code(reading: Reading, code: str) -> Training:
    found = (await reading.scalars(select(Training).where(Training.code == code.upper()))).one_or_none()
    if found is None:
        raise NoSuchTraining
    return found


async def trainings_by_code(tx: Transaction) -> dict[str, Training]:
    """Locked."""
    return {one.code: one for one in await tx.scalars(select(Training).order_by(Training.id).with_for_update())}


async def spaces(reading: Reading, text: str = "", *, labelled_on: datetime | None = None) -> Sequence[Space]:
    """With their labels, by name; `text` is words of the name or the commune."""
    query = select(Space).where(Space.state == "listed").options(selectinload(Space.labels)).order_by(Space.name)
    found = (await reading.scalars(query)).all()
    if labelled_on:
        found = [one for one in found if one.label_on(labelled_on.date())]
    words = plain(text).split()
    return [one for one in found if _says(f"{one.name} {one.place['commune']}", words)]


async def space(reading: Reading, space_id: SpaceId, *, locked: bool = False) -> Space:
    query = select(Space).where(Space.id == space_id).options(selectinload(Space.labels))
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await reading.scalars(query)).one_or_none()
    if found is None:
        raise NoSuchSpace
    return found


async def spaces_by_source(reading: Reading, source_ids: Collection[str]) -> dict[str, Space]:
    query = select(Space).where(Space.source_id.in_(source_ids)).options(selectinload(Space.labels))
    return {found.source_id: found for found in await reading.scalars(query)}


async def mediators(reading: Reading) -> Sequence[Mediator]:
    """In post."""
    return (await reading.scalars(select(Mediator).where(Mediator.left_on.is_(None)).order_by(Mediator.name))).all()


async def parts(tx: Transaction, training_id: TrainingId, space_id: SpaceId, mediator_id: MediatorId) -> Parts:
    """What a session is put together from; the space is locked, so that its label can't end meanwhile."""
    training = await tx.get(Training, training_id)
    if training is None:
        raise NoSuchTraining
    mediator = await tx.get(Mediator, mediator_id)
    if mediator is None:
        raise NoSuchMediator
    return Parts(training, await space(tx, space_id, locked=True), mediator)


async def session(reading: Reading, session_id: SessionId) -> Session:
    query = select(Session).where(Session.id == session_id).options(*_whole())
    found = (await reading.scalars(query)).one_or_none()
    if found is None:
        raise NoSuchSession
    return found


async def session_locked(tx: Transaction, session_id: SessionId) -> Session:
    await tx.execute(select(Session.id).where(Session.id == session_id).with_for_update())
    return await session(tx, session_id)


async def upcoming_sessions(
    reading: Reading, now: datetime, *, training: Training | None = None, mediator_id: UUID | None = None
) -> Sequence[Session]:
    """The soonest first."""
    query = select(Session).where(Session.state == "scheduled", func.lower(Session.during) > now).options(*_whole())
    if training:
        query = query.where(Session.training_id == training.id)
    if mediator_id:
        query = query.where(Session.mediator_id == mediator_id)
    return (await reading.scalars(query.order_by(func.lower(Session.during)).limit(200))).all()


async def sessions_locked(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Session]:
    query = select(Session).where(Session.id.in_(ids)).order_by(Session.id).with_for_update()
    return {found.id: found for found in await tx.scalars(query)}


async def labels_with_an_end(tx: Transaction) -> Sequence[Label]:
    """Those of which something may still be to be said."""
    query = select(Label).where(~func.upper_inf(Label.valid), Label.ended.is_(False)).with_for_update()
    return (await tx.scalars(query)).all()


async def open_centres(reading: Reading) -> Sequence[Centre]:
    return (await reading.scalars(select(Centre).where(Centre.open).order_by(Centre.name))).all()


def _whole() -> tuple[ExecutableOption, ...]:
    """A session with its parts."""
    return (
        joinedload(Session.training),
        joinedload(Session.mediator),
        joinedload(Session.space).selectinload(Space.labels),
    )
