"""What notifications keeps and says."""

from sqlalchemy import select, text

from chassis.db import Database
from services.notifications.model import Notice


async def states(database: Database) -> dict[str, str]:
    async with database.reading() as reading:
        found = await reading.scalars(select(Notice).order_by(Notice.rank))
        return {one.kind if not one.rank else f"{one.kind} {one.channel}": one.state for one in found}


async def ranks(database: Database, kind: str) -> list[tuple[str | None, str]]:
    """Channel and state of each rank."""
    async with database.reading() as reading:
        query = select(Notice).where(Notice.kind == kind).order_by(Notice.edition, Notice.rank)
        return [(one.channel, one.state) for one in await reading.scalars(query)]


async def rows(database: Database) -> list[Notice]:
    """Confirmations of bookings."""
    async with database.reading() as reading:
        found = await reading.scalars(select(Notice).where(Notice.kind == "booking_confirmed").order_by(Notice.rank))
        return [*found]


async def letter_ids(database: Database) -> list[str]:
    async with database.reading() as reading:
        return [str(one) for one in await reading.scalars(select(Notice.id).where(Notice.channel == "letter"))]


async def told_on_the_bus(database: Database, kind: str) -> list[str]:
    async with database.reading() as reading:
        query = text("SELECT convert_from(body, 'UTF8') FROM outbox WHERE headers->>'ce_type' = :kind ORDER BY id")
        return [row[0] for row in await reading.execute(query, {"kind": kind})]
