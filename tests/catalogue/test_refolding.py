"""Words by which trainings are found, when an older version stored them in other letters."""

from sqlalchemy import text

from chassis.db import Database
from services.catalogue import usecases
from services.catalogue.trainings import read_trainings


async def words(database: Database) -> set[tuple[object, ...]]:
    async with database.reading() as reading:
        return {tuple(row) for row in await reading.execute(text("SELECT training_id, term FROM training_terms"))}


async def test_the_words_of_trainings_are_stored_anew_in_the_letters_of_today(database: Database) -> None:
    await database.transact(lambda tx: usecases.publish_trainings(tx, read_trainings()))
    known = await words(database)
    await database.transact(lambda tx: tx.execute(text("UPDATE training_terms SET term = 'x' || term")))
    await database.transact(usecases.refold_terms)
    assert await words(database) == known
