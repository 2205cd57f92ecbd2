"""Rule 8: a book never ends, or the day after its last."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from fastapi import FastAPI

from chassis.db import Database
from contracts.ids import BookId
from contracts.words import Actor
from services.prescription import usecases
from services.prescription.model import Agent
from tests.overlap import overlapping
from tests.prescription.steps import FRESH, change, prescribed, published, registered, rows, scalar


async def test_rule_8_by_default_a_book_never_ends(app: FastAPI, database: Database) -> None:
    await prescribed(app, await registered(app))
    await database.transact(usecases.end_books)
    assert await rows(database, "SELECT state, expires_on FROM books") == [("active", None)]


@pytest.mark.parametrize(("days", "state"), [(0, "active"), (1, "expired")])
async def test_rule_8_a_book_ends_the_day_after_its_last(
    app: FastAPI, database: Database, days: int, state: str
) -> None:
    await prescribed(app, await registered(app))
    await change(
        database,
        "UPDATE books SET expires_on = (now() AT TIME ZONE 'Europe/Paris')::date - cast(:days AS int)",
        days=days,
    )
    for _ in range(2):
        await database.transact(usecases.end_books)
    assert await scalar(database, "SELECT state FROM books") == state
    assert (await published(database)).count("book.expired.v1") == days


async def test_rule_8_a_book_that_ends_while_it_is_cancelled_stays_cancelled(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    book = BookId(UUID((await prescribed(app, person))["id"]))
    await change(database, "UPDATE books SET expires_on = current_date - 2")
    nadia = Agent("nadia", "Démo Nadia", "prescriber")
    decided = usecases.Decided("mistake", "", nadia, Actor(kind="prescriber"))
    cancel = partial(usecases.cancel_book, book_id=book, decided=decided, news=FRESH)
    await overlapping(database, cancel, database.transact(usecases.end_books))
    assert await scalar(database, "SELECT state FROM books") == "cancelled"
    assert "book.expired.v1" not in await published(database)


async def test_rule_8_validity_is_a_setting(app: FastAPI, database: Database) -> None:
    app.state.settings = app.state.settings.model_copy(update={"validity": timedelta(days=365)})
    await prescribed(app, await registered(app))
    assert await scalar(database, "SELECT expires_on - prescribed_at::date FROM books") in {365, 366}
