"""What became of files of places, and what was answered about places that may be one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer

from chassis.db import Reading, Transaction
from services.catalogue.model import Answers, PlaceAnswer, PlaceImport
from services.catalogue.model.refusals import NoSuchImport

IMPORTS_SHOWN = 20


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
