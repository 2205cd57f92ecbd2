"""What people say finds the training that answers."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from chassis.clock import Clock
from chassis.db import Database, Reading
from chassis.plain import plain
from services.catalogue import queries, usecases
from services.catalogue.model import Training
from services.catalogue.queries import TrainingSearch
from services.catalogue.queries.search import scores
from services.catalogue.trainings import read_trainings

ASKED: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("plain_speech.toml").read_text("utf-8"))["asked"]
FIRST = 3


async def codes(database: Database, question: str) -> list[str]:
    async with database.reading() as reading:
        results = await queries.search_trainings(reading, TrainingSearch(q=question), Clock().now())
    return [training.code for training in results.trainings]


@pytest.fixture
async def published(database: Database) -> Database:
    await database.transact(lambda tx: usecases.publish_trainings(tx, read_trainings()))
    return database


async def test_forty_questions_in_plain_speech_find_their_training_among_the_first_three(published: Database) -> None:
    missed = {}
    for question, wanted in ASKED.items():
        first = (await codes(published, question))[:FIRST]
        if not {*first} & {*wanted}:
            missed[question] = first
    assert len(ASKED) == 40
    assert len(missed) <= 4, missed


@pytest.mark.parametrize("word", ["vélo", "hôtel", "écran", "décès", "élections"])
async def test_accents_are_forgiven_on_both_sides(published: Database, word: str) -> None:
    with_accents, without = await codes(published, word), await codes(published, plain(word))
    assert with_accents
    assert with_accents == without


async def test_a_training_is_found_by_the_words_that_people_use_for_it(published: Database) -> None:
    """All but those that name too many: «mail», «emploi», «arnaque» are the word of more than three trainings."""
    asked = [(text.code, word) for text in read_trainings() for word in text.words]
    async with published.reading() as reading:
        missed = [(code, word) for code, word in asked if code not in await best(reading, word)]
    assert len(asked) > 1000
    assert len(missed) <= 85, missed


async def best(reading: Reading, question: str) -> Sequence[str]:
    scored = scores(question)
    assert scored is not None
    best = scored.subquery()
    query = select(Training.code).join(best, best.c.training_id == Training.id)
    return (await reading.scalars(query.order_by(best.c.score.desc(), Training.code).limit(FIRST))).all()
