"""Centres where a book is asked for: a replica of prescription's, shown to the public."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Reading, Transaction
from contracts.prescription import CentreChanged, CentreClosed, CentreOpened
from services.catalogue.model import Centre


async def open_centres(reading: Reading) -> Sequence[Centre]:
    """List them by name."""
    return (await reading.scalars(select(Centre).where(Centre.open).order_by(Centre.name))).all()


async def upsert_centre(tx: Transaction, event: CentreOpened | CentreChanged | CentreClosed) -> None:
    """Store the centre as its newest event has it; an older one changes nothing."""
    values = event.model_dump(include={"version", "name", "commune_insee", "phone"})
    values["open"] = not isinstance(event, CentreClosed)
    new = insert(Centre).values(id=event.centre_id, **values)
    newer = Centre.version < new.excluded.version
    await tx.execute(new.on_conflict_do_update(index_elements=["id"], set_=values, where=newer))
