"""What the public looks for: words, filters, a commune and how far from it; and what is found, with next sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, Field, model_validator
from sqlalchemy import ColumnElement, Select, exists, func, select, true
from sqlalchemy.orm import selectinload

from chassis.communes import by_insee
from chassis.db import Reading, one_of
from contracts.ids import SpaceId, TrainingId
from contracts.words import Audience, Level
from services.catalogue.model import Session, Training
from services.catalogue.queries.search import scores
from services.catalogue.queries.sessions import begins_after
from services.catalogue.queries.spaces import spaces_near
from services.catalogue.trainings import Theme

A_PAGE = 20
NEXT_ONES = 3
WHAT_AND_WHERE = (selectinload(Session.training), selectinload(Session.space))


class Question(BaseModel):
    """An empty answer to a filter is no filter."""

    @model_validator(mode="before")
    @classmethod
    def unanswered(cls, given: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in given.items() if value != ""}


class TrainingSearch(Question):
    """`km` counts with a commune, `seats` asks for a session with a seat."""

    q: str = Field("", max_length=200)
    theme: Theme | None = None
    level: Level | None = None
    audience: Audience | None = None
    commune: str = Field("", description="INSEE code", max_length=80)
    km: int = Field(20, ge=1, le=150)
    seats: bool = False
    page: int = Field(1, ge=1, le=500)
    limit: int = Field(A_PAGE, ge=1, le=A_PAGE)


@dataclass(frozen=True)
class SearchResults:
    """`away`: kilometres to each space that is near enough; None when no commune is named."""

    trainings: Sequence[Training]
    total: int
    sessions: Mapping[TrainingId, Sequence[Session]]
    away: Mapping[SpaceId, float] | None

    @property
    def pages(self) -> int:
        return -(-self.total // A_PAGE)


async def search_trainings(reading: Reading, wish: TrainingSearch, now: datetime) -> SearchResults:
    """The best answers first; without a question, by code."""
    commune = by_insee(wish.commune)
    away = await spaces_near(reading, commune, wish.km) if commune else None
    open_ones = _open(now, away, seats=wish.seats)
    query = _ranked(wish)
    if wish.seats or away is not None:
        query = query.where(exists().where(Session.training_id == Training.id, *open_ones))
    rows = (await reading.execute(query.offset((wish.page - 1) * wish.limit).limit(wish.limit))).all()
    trainings = [training for training, _ in rows]
    sessions = await _next_sessions(reading, [training.id for training in trainings], open_ones)
    return SearchResults(trainings, rows[0][1] if rows else 0, sessions, away)


def _ranked(wish: TrainingSearch) -> Select[Training, int]:
    query = select(Training, func.count().over()).where(Training.state == "published", *_filters(wish))
    asked = scores(wish.q)
    if asked is None:
        return query.order_by(Training.code)
    best = asked.subquery()
    return query.join(best, best.c.training_id == Training.id).order_by(best.c.score.desc(), Training.code)


def _filters(wish: TrainingSearch) -> list[ColumnElement[bool]]:
    """A training for everybody is for each audience too."""
    filters: list[ColumnElement[bool]] = []
    if wish.theme:
        filters.append(Training.themes.contains([wish.theme]))
    if wish.level:
        filters.append(Training.level == wish.level)
    if wish.audience:
        filters.append(Training.audiences.contains([wish.audience]) | (func.cardinality(Training.audiences) == 0))
    return filters


def _open(now: datetime, away: Mapping[SpaceId, float] | None, *, seats: bool) -> list[ColumnElement[bool]]:
    wanted = [Session.state == "scheduled", begins_after(now)]
    if seats:
        wanted.append(Session.capacity > Session.taken)
    if away is not None:
        wanted.append(one_of(Session.space_id, away))
    return wanted


async def _next_sessions(
    reading: Reading, ids: Sequence[TrainingId], open_ones: Sequence[ColumnElement[bool]]
) -> Mapping[TrainingId, Sequence[Session]]:
    """The three soonest of each training: one short walk of the index each."""
    asked = select(Training.id).where(one_of(Training.id, ids)).subquery()
    soonest = (
        select(Session.id)
        .where(Session.training_id == asked.c.id, *open_ones)
        .order_by(Session.during)
        .limit(NEXT_ONES)
        .correlate(asked)
        .lateral()
    )
    these = select(soonest.c.id).select_from(asked.join(soonest, true())).subquery()
    query = select(Session).join(these, Session.id == these.c.id).options(*WHAT_AND_WHERE).order_by(Session.during)
    sessions = (await reading.scalars(query)).all()
    return {training_id: [session for session in sessions if session.training_id == training_id] for training_id in ids}
