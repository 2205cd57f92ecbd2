"""A file of places that a person has sent: it waits in the database until it is imported, and says how far it is.

Who sent it may leave and come back. Where the process ends before the file is imported, a job begins again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from chassis import db
from chassis.db import Database, Transaction
from chassis.journal import concerns
from contracts.ids import uuid7
from services.catalogue import queries
from services.catalogue.model import SubmittedFile
from services.catalogue.standards import PlacesFile
from services.catalogue.usecases.imports import compare, import_places, read_file, store_result

LEFT_BEHIND = timedelta(minutes=1)
NOTED_EVERY = 1.0  # seconds


@dataclass
class Counted:
    """How far an import is."""

    done: int = 0
    total: int = 0

    def progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total


async def submit_file(tx: Transaction, content: bytes, *, trial: bool, list_name: str, elsewhere: bool) -> UUID:
    """Store a file that can be read, to be imported; its result will have the same number."""
    concerns(tx, trial=str(trial))
    how = {"trial": trial, "list_name": list_name, "elsewhere": elsewhere}
    file = SubmittedFile(id=uuid7(), submitted_at=tx.now, content=content, done=0, total=0, **how)
    tx.add(file)
    return file.id


async def import_submitted(database: Database, file_id: UUID, places: PlacesFile | None = None) -> None:
    """Import it and store its result, unless that is done or being done. `places`: as it was read already.

    Raises what went wrong, which is counted; an absent database is no fault of the file.
    """
    try:
        await _read_and_import(database, file_id, places)
    except Exception as error:
        if not db.away(error):
            await database.transact(lambda tx: queries.note_failure(tx, file_id))
        raise


async def _read_and_import(database: Database, file_id: UUID, places: PlacesFile | None) -> None:
    async with database.reading() as reading:
        if not await queries.reserve_file(reading, file_id):
            return
        submitted = await queries.submitted_file(reading, file_id, content=places is None)
    if submitted is None:
        return
    if places is None:
        places = await read_file(submitted.content, database.clock.now(), elsewhere=submitted.elsewhere)
    compared, counted = await compare(database, places), Counted()
    async with _noted(database, file_id, counted):
        await database.transact(partial(_import, submitted=submitted, places=compared, counted=counted))


async def _import(tx: Transaction, submitted: SubmittedFile, places: PlacesFile, counted: Counted) -> None:
    if not await queries.reserve_file(tx, submitted.id) or not await queries.submitted_file(tx, submitted.id):
        return
    trial, list_name = submitted.trial, submitted.list_name
    done = await import_places(tx, places, trial=trial, list_name=list_name, progress=counted.progress)
    store_result(tx, submitted.id, done, trial=trial, list_name=list_name)
    await queries.delete_submitted_file(tx, submitted.id)


@asynccontextmanager
async def _noted(database: Database, file_id: UUID, counted: Counted) -> AsyncIterator[None]:
    """Every second, in a transaction of its own: that of the import shows nothing before its end."""

    async def note() -> None:
        while True:
            await asyncio.sleep(NOTED_EVERY)
            await database.transact(lambda tx: queries.note_progress(tx, file_id, counted.done, counted.total))

    noting = asyncio.create_task(note())
    try:
        yield
    finally:
        noting.cancel()
        await asyncio.wait({noting})


async def import_left_behind(database: Database) -> None:
    """Import the files that nobody is importing. Raises ExceptionGroup at the end with those that fail."""
    failures = list[Exception]()
    async with database.reading() as reading:
        files = await queries.submitted_files(reading, database.clock.now() - LEFT_BEHIND)
    for file in files:
        try:
            await import_submitted(database, file.id)
        except Exception as error:  # noqa: BLE001 - the others are imported first
            failures.append(error)
    if failures:
        raise ExceptionGroup("some files of places could not be imported", failures)
