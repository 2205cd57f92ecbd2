"""The public search: words, filters, a commune and how far from it, and the next sessions of what answers.

Trainings are scored by stems, words spoken alike, typing errors and rarity: see docs/decisions/0030.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, Field, model_validator
from sqlalchemy import ColumnElement, Select, TextualSelect, column, exists, func, select, text, true
from sqlalchemy.orm import selectinload

from chassis.db import Reading, any_of
from chassis.plain import plain
from contracts.ids import SpaceId, TrainingId
from contracts.words import Audience, Level
from county.communes import by_insee
from services.catalogue.model import Session, Training, TrainingTerm
from services.catalogue.queries.sessions import begins_after
from services.catalogue.queries.spaces import spaces_near
from services.catalogue.trainings import Theme

PAGE_SIZE = 20
SESSIONS_SHOWN = 3
WHAT_AND_WHERE = (selectinload(Session.training), selectinload(Session.space))
SPOKEN = Path(__file__).parents[1] / "data" / "spoken.toml"
ALIKE = 0.6
FROM_THE_BEST = 0.3

SCORES = text("""
WITH asked AS (
    SELECT spoken.place, stem.lexeme AS term, max(spoken.closeness) AS closeness
    FROM unnest(CAST(:places AS int[]), CAST(:words AS text[]), CAST(:closeness AS real[]))
             AS spoken(place, word, closeness),
         unnest(to_tsvector('french', spoken.word)) AS stem
    GROUP BY spoken.place, stem.lexeme
), near AS (
    SELECT place, term, closeness FROM asked
    UNION ALL
    SELECT asked.place, spelled.term, 0.8 * similarity(asked.term, spelled.term)
    FROM asked, LATERAL (
        SELECT DISTINCT known.term, similarity(asked.term, known.term) AS alike FROM training_terms AS known
        WHERE known.term % asked.term AND similarity(asked.term, known.term) >= 0.35
        ORDER BY alike DESC LIMIT 3
    ) AS spelled
    WHERE closeness = 1 AND length(asked.term) > 3
      AND NOT EXISTS (SELECT FROM training_terms AS known WHERE known.term = asked.term)
), rare AS (
    SELECT term, ln(1 + (SELECT count(*) FROM trainings)::real / count(*)) AS rarity
    FROM training_terms WHERE term IN (SELECT term FROM near) GROUP BY term
), best AS (
    SELECT matching.training_id, near.place, max(matching.weight * near.closeness * rare.rarity) AS points
    FROM near JOIN rare USING (term) JOIN training_terms AS matching USING (term)
    GROUP BY matching.training_id, near.place
), total AS (
    SELECT training_id, sum(points) * sqrt(count(*)) AS score FROM best GROUP BY training_id
)
SELECT training_id, score FROM total WHERE score >= CAST(:from_the_best AS real) * (SELECT max(score) FROM total)
""")


class Filters(BaseModel):
    """An empty answer to a filter is no filter."""

    @model_validator(mode="before")
    @classmethod
    def drop_empty(cls, given: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in given.items() if value != ""}


class TrainingSearch(Filters):
    """`km` counts with a commune, `seats` asks for a session with a seat."""

    q: str = Field("", max_length=200)
    theme: Theme | None = None
    level: Level | None = None
    audience: Audience | None = None
    commune: str = Field("", description="INSEE code", max_length=80)
    km: int = Field(20, ge=1, le=150)
    seats: bool = False
    page: int = Field(1, ge=1, le=500)
    limit: int = Field(PAGE_SIZE, ge=1, le=PAGE_SIZE)


@dataclass(frozen=True)
class SearchResults:
    """`away`: kilometres to each space that is near enough; None when no commune is named."""

    trainings: Sequence[Training]
    total: int
    sessions: Mapping[TrainingId, Sequence[Session]]
    away: Mapping[SpaceId, float] | None

    @property
    def pages(self) -> int:
        return -(-self.total // PAGE_SIZE)


async def search_trainings(reading: Reading, search: TrainingSearch, now: datetime) -> SearchResults:
    """Search: the best answers come first; without words, by code."""
    commune = by_insee(search.commune)
    away = await spaces_near(reading, commune, search.km) if commune else None
    bookable = _open(now, away, seats=search.seats)
    query = _ranked(search)
    if search.seats or away is not None:
        query = query.where(exists().where(Session.training_id == Training.id, *bookable))
    rows = (await reading.execute(query.offset((search.page - 1) * search.limit).limit(search.limit))).all()
    trainings = [training for training, _ in rows]
    sessions = await _next_sessions(reading, [training.id for training in trainings], bookable)
    return SearchResults(trainings, rows[0][1] if rows else 0, sessions, away)


def _ranked(search: TrainingSearch) -> Select[Training, int]:
    query = select(Training, func.count().over()).where(Training.state == "published", *_filters(search))
    asked = scores(search.q)
    if asked is None:
        return query.order_by(Training.code)
    best = asked.subquery()
    return query.join(best, best.c.training_id == Training.id).order_by(best.c.score.desc(), Training.code)


def _filters(search: TrainingSearch) -> list[ColumnElement[bool]]:
    """A training for everybody is for each audience too."""
    filters: list[ColumnElement[bool]] = []
    if search.theme:
        filters.append(Training.themes.contains([search.theme]))
    if search.level:
        filters.append(Training.level == search.level)
    if search.audience:
        filters.append(Training.audiences.contains([search.audience]) | (func.cardinality(Training.audiences) == 0))
    return filters


def _open(now: datetime, away: Mapping[SpaceId, float] | None, *, seats: bool) -> list[ColumnElement[bool]]:
    wanted = [Session.state == "scheduled", begins_after(now)]
    if seats:
        wanted.append(Session.capacity > Session.taken)
    if away is not None:
        wanted.append(any_of(Session.space_id, away))
    return wanted


async def _next_sessions(
    reading: Reading, ids: Sequence[TrainingId], bookable: Sequence[ColumnElement[bool]]
) -> Mapping[TrainingId, Sequence[Session]]:
    """The three soonest of each training: one short walk of the index each."""
    asked = select(Training.id).where(any_of(Training.id, ids)).subquery()
    soonest = (
        select(Session.id)
        .where(Session.training_id == asked.c.id, *bookable)
        .order_by(Session.during)
        .limit(SESSIONS_SHOWN)
        .correlate(asked)
        .lateral()
    )
    these = select(soonest.c.id).select_from(asked.join(soonest, true())).subquery()
    query = select(Session).join(these, Session.id == these.c.id).options(*WHAT_AND_WHERE).order_by(Session.during)
    sessions = (await reading.scalars(query)).all()
    return {training_id: [session for session in sessions if session.training_id == training_id] for training_id in ids}


class Spoken(NamedTuple):
    """`place` is that of the word in the question, `closeness` 1 for the word itself."""

    place: int
    word: str
    closeness: float


def asked_of(question: str) -> dict[str, Any]:
    """Return the question as the statement wants it; empty when nothing is asked."""
    spoken = [*_spoken(question)]
    if not spoken:
        return {}
    places, words, closeness = (list(column) for column in zip(*spoken, strict=True))
    return {"places": places, "words": words, "closeness": closeness, "from_the_best": FROM_THE_BEST}


def scores(question: str) -> TextualSelect | None:
    """Score the trainings that answer. None when nothing is asked."""
    asked = asked_of(question)
    if not asked:
        return None
    return SCORES.bindparams(**asked).columns(column("training_id", TrainingTerm.training_id.type), column("score"))


def _spoken(question: str) -> Iterator[Spoken]:
    words = plain(question).split()
    searched = [word for word in words if _singular(word) not in _unsaid()] or words
    sentence = f" {' '.join(map(_singular, searched))} "
    for place, word in enumerate(searched):
        yield Spoken(place, word, 1)
    for phrase, others in _alike().items():
        before, matched, _ = sentence.partition(f" {phrase} ")
        if matched:
            yield from _instead(len(before.split()), others)


def _instead(place: int, others: Sequence[str]) -> Iterator[Spoken]:
    """A phrase of several words says less by each of them: «public» alone is not «trésor public»."""
    for other in others:
        words = other.split()
        yield from (Spoken(place, word, ALIKE / len(words) ** 2) for word in words)


def _singular(word: str) -> str:
    """Without the mark of the plural: «impôts» is looked up as «impôt»."""
    return word.rstrip("sx") or word


@cache
def _read() -> Mapping[str, list[list[str]]]:
    return tomllib.loads(SPOKEN.read_text(encoding="utf-8"))


@cache
def _unsaid() -> frozenset[str]:
    return frozenset(_singular(word) for line in _read()["unsaid"] for word in plain(" ".join(line)).split())


@cache
def _alike() -> Mapping[str, tuple[str, ...]]:
    """Every phrase with the others of its line."""
    others_of: dict[str, tuple[str, ...]] = {}
    for line in _read()["alike"]:
        for phrase in line:
            key = " ".join(_singular(word) for word in plain(phrase).split())
            others_of[key] = (*others_of.get(key, ()), *(plain(other) for other in line if other != phrase))
    return others_of
