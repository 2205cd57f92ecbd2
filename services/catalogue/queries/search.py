"""Finds trainings by what people say: stems, words spoken alike, typing errors, rarity. See docs/decisions/0030."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import TextualSelect, column, text

from chassis.plain import plain
from services.catalogue.model import TrainingTerm

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


class Spoken(NamedTuple):
    """`place` is that of the word in the question, `closeness` 1 for the word itself."""

    place: int
    word: str
    closeness: float


def asked_of(question: str) -> dict[str, Any]:
    """The question as the statement wants it; empty when nothing is asked."""
    spoken = [*_spoken(question)]
    if not spoken:
        return {}
    places, words, closeness = (list(column) for column in zip(*spoken, strict=True))
    return {"places": places, "words": words, "closeness": closeness, "from_the_best": FROM_THE_BEST}


def scores(question: str) -> TextualSelect | None:
    """The trainings that answer, each with its score. None when nothing is asked."""
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
