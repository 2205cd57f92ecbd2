"""What was filled at once is searched with statistics: without, a plan may take seconds a word."""

import pytest
from sqlalchemy import text

from chassis.db import Database
from services.catalogue import usecases
from services.catalogue.standards import places_to_csv, read_places
from services.catalogue.trainings import read_trainings
from services.catalogue.usecases.trainings import MANY
from tests.catalogue.conftest import place
from tests.jobs import change


async def known(database: Database, table: str) -> bool:
    """Whether PostgreSQL knows how many rows it has."""
    query = text("SELECT reltuples > 0 FROM pg_class WHERE oid = to_regclass(:table)")
    async with database.reading() as reading:
        return bool((await reading.execute(query, {"table": table})).scalar_one())


@pytest.fixture(autouse=True)
async def _unknown(database: Database) -> None:
    """What the test before may have left is forgotten with the rows."""
    await change(database, "TRUNCATE spaces, trainings, training_terms CASCADE")
    assert not await known(database, "spaces")


@pytest.mark.parametrize("table", ["trainings", "training_terms"])
async def test_when_all_trainings_are_published_their_tables_are_analysed(database: Database, table: str) -> None:
    await database.transact(lambda tx: usecases.publish_trainings(tx, read_trainings()))
    assert await known(database, table)


@pytest.mark.parametrize("places", [MANY, MANY - 1])
async def test_when_a_long_file_of_places_is_taken_in_their_table_is_analysed(database: Database, places: int) -> None:
    content = places_to_csv([place(f"drome-{number}") for number in range(places)]).encode()
    await database.transact(lambda tx: usecases.import_places(tx, read_places(content), trial=False))
    assert await known(database, "spaces") == (places == MANY)
