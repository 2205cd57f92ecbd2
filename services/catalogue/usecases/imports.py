"""A file of places is taken in and what became of it stored; a person answers whether two places are one."""

from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from chassis.db import Transaction
from contracts.ids import uuid7
from services.catalogue import queries
from services.catalogue.model import PlaceImport
from services.catalogue.model.refusals import OnePlaceTwice
from services.catalogue.standards import Reading
from services.catalogue.usecases.files import Imported, Progress, import_places
from services.catalogue.usecases.spaces import close_space

SHOWN_FOR = timedelta(days=90)
MOST_LINES = 5_000  # of a result that is stored


async def take_file(
    tx: Transaction, reading: Reading, *, trial: bool, list_name: str = "", progress: Progress = lambda *_: None
) -> tuple[UUID, Imported]:
    """The number under which the result can be read again, and the result."""
    done = await import_places(tx, reading, trial=trial, list_name=list_name, progress=progress)
    lines = [line for line in done.lines if line.outcome != "unchanged"]
    result = {
        "standard": done.standard,
        "records": done.records,
        "counts": {**done.counts},
        "lines": [asdict(line) for line in lines[:MOST_LINES]],
        "more_lines": max(len(lines) - MOST_LINES, 0),
        "remarks": [asdict(remark) for remark in done.remarks],
    }
    import_id = uuid7()
    tx.add(PlaceImport(id=import_id, imported_at=tx.now, trial=trial, list_name=list_name, result=result))
    return import_id, done


async def answer_double(tx: Transaction, stays: str, other: str, *, same: bool) -> None:
    """Not asked again. Of one place under two ids the `other` is closed, and left out of the files that come.

    Raises OnePlaceTwice.
    """
    if stays == other:
        raise OnePlaceTwice
    await queries.upsert_answer(tx, stays, other, same=same)
    space = await queries.space_of_file(tx, other) if same else None
    if space and space.state == "listed":
        await close_space(tx, space.id, closed=True)


async def forget_imports(tx: Transaction) -> None:
    await queries.forget_imports(tx, tx.now - SHOWN_FOR)
