"""A file of places for a test: rows as text, and what becomes of it."""

import csv
import io
from datetime import date

from chassis.db import Database
from services.catalogue import queries, usecases
from services.catalogue.standards import FIELDS, Place, places_to_csv, read_places
from services.catalogue.usecases import ImportResult
from tests.catalogue.conftest import place

TODAY = date(2026, 11, 28)
ROW = places_to_csv([place()])


def raw(**values: str) -> dict[str, str]:
    """A whole row of a file, as text."""
    cells = next(csv.DictReader(io.StringIO(ROW)))
    return {**cells, "id": "essai", "source": "Répertoire départemental vérifié", **values}


def file_of(*rows: dict[str, str], delimiter: str = ",", end: str = "\n") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, FIELDS, delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def take(database: Database, content: bytes, *, trial: bool = False) -> ImportResult:
    reading = await usecases.compare(database, read_places(content, today=TODAY))
    return (await database.transact(lambda tx: usecases.import_file(tx, reading, trial=trial)))[1]


async def ours(database: Database) -> dict[str, Place]:
    async with database.reading() as reading:
        return {space.source_id: space.standard for space in await queries.all_spaces(reading)}
