"""What people say finds the training that answers."""

import tomllib
from pathlib import Path

import pytest

from chassis.clock import Clock
from chassis.db import Database
from services.catalogue import queries, usecases
from services.catalogue.queries import Wish
from services.catalogue.trainings import read_trainings

ASKED: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("plain_speech.toml").read_text("utf-8"))["asked"]
FIRST = 3


async def codes(database: Database, question: str) -> list[str]:
    async with database.reading() as reading:
        found = await queries.found_trainings(reading, Wish(q=question), Clock().now())
    return [one.code for one in found.trainings]


@pytest.fixture
async def published(database: Database) -> Database:
    await database.transact(lambda tx: usecases.publish(tx, read_trainings()))
    return database


async def test_forty_questions_in_plain_speech_find_their_training_among_the_first_three(published: Database) -> None:
    missed = {}
    for question, wanted in ASKED.items():
        first = (await codes(published, question))[:FIRST]
        if not {*first} & {*wanted}:
            missed[question] = first
    assert len(ASKED) == 40
    assert len(missed) <= 4, missed
