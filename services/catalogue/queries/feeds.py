"""How often the addresses of calendars were renewed."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Reading, Transaction
from services.catalogue.model import Feed


async def renewals(reading: Reading, about: UUID) -> int:
    return await reading.scalar(select(Feed.renewals).where(Feed.about_id == about)) or 0


async def renew_feeds(tx: Transaction, about: Collection[UUID]) -> None:
    """Count one renewal more, in the order of ids, as all who lock several."""
    rows = [{"about_id": about_id, "renewals": 1} for about_id in sorted(about)]
    again = {"renewals": Feed.renewals + 1}
    await tx.execute(insert(Feed).values(rows).on_conflict_do_update(index_elements=["about_id"], set_=again))
