"""What became of files of places, and what was answered about places that may be one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer, undefer

from chassis.db import Reading, Transaction
from services.catalogue.model import Answers, PlaceAnswer, PlaceImport, SubmittedFile
from services.catalogue.model.place_import import TRIES
from services.catalogue.model.refusals import NoSuchImport

IMPORTS_SHOWN = 20
TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext(:name))")


async def answers(reading: Reading) -> Answers:
    rows = (await reading.scalars(select(PlaceAnswer))).all()
    pairs = frozenset(frozenset((row.stays, row.other)) for row in rows)
    return Answers(pairs, {row.other: row.stays for row in rows if row.same})


async def upsert_answer(tx: Transaction, stays: str, other: str, *, same: bool) -> None:
    """Store the answer; the last about two places counts, whichever was named first."""
    await tx.execute(delete(PlaceAnswer).where(PlaceAnswer.stays == other, PlaceAnswer.other == stays))
    values = {"same": same, "answered_at": tx.now}
    new = insert(PlaceAnswer).values(stays=stays, other=other, **values)
    await tx.execute(new.on_conflict_do_update(index_elements=["stays", "other"], set_=values))


async def newest_imports(reading: Reading) -> Sequence[PlaceImport]:
    """List the newest, without their results."""
    query = select(PlaceImport).options(defer(PlaceImport.result, raiseload=True))
    return (await reading.scalars(query.order_by(PlaceImport.imported_at.desc()).limit(IMPORTS_SHOWN))).all()


async def place_import(reading: Reading, import_id: UUID) -> PlaceImport:
    place_import = await reading.get(PlaceImport, import_id)
    if place_import is None:
        raise NoSuchImport
    return place_import


async def forget_imports(tx: Transaction, before: datetime) -> None:
    await tx.execute(delete(PlaceImport).where(PlaceImport.imported_at < before))
    await tx.execute(delete(SubmittedFile).where(SubmittedFile.submitted_at < before))


async def submitted_files(reading: Reading, before: datetime | None = None) -> Sequence[SubmittedFile]:
    """List those that are not imported yet, the oldest first, without their content.

    With a time, only those of `before` it that are not given up.
    """
    query = select(SubmittedFile).order_by(SubmittedFile.submitted_at, SubmittedFile.id)
    if before:
        query = query.where(SubmittedFile.submitted_at < before, SubmittedFile.failures < TRIES)
    return (await reading.scalars(query)).all()


async def submitted_file(reading: Reading, file_id: UUID, *, content: bool = False) -> SubmittedFile | None:
    """None once it is imported. With its `content`, megabytes, only where asked."""
    options = (undefer(SubmittedFile.content),) if content else ()
    return await reading.get(SubmittedFile, file_id, options=options)


async def reserve_file(reading: Reading, file_id: UUID) -> bool:
    """Lock it until the end of this transaction, unless it is being imported; its row stays free for its progress."""
    return bool((await reading.execute(TRY_LOCK, {"name": f"submitted file {file_id}"})).scalar_one())


async def note_progress(tx: Transaction, file_id: UUID, done: int, total: int) -> None:
    await tx.execute(update(SubmittedFile).where(SubmittedFile.id == file_id).values(done=done, total=total))


async def note_failure(tx: Transaction, file_id: UUID) -> None:
    failures = SubmittedFile.failures + 1
    await tx.execute(update(SubmittedFile).where(SubmittedFile.id == file_id).values(failures=failures))


async def delete_submitted_file(tx: Transaction, file_id: UUID) -> None:
    await tx.execute(delete(SubmittedFile).where(SubmittedFile.id == file_id))
