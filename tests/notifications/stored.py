"""What notifications keeps and says."""

from sqlalchemy import select, text

from chassis.db import Database
from services.notifications.model import Notice


async def states(database: Database) -> dict[str, str]:
    async with database.reading() as reading:
        notices = await reading.scalars(select(Notice).order_by(Notice.rank))
        return {
            notice.kind if not notice.rank else f"{notice.kind} {notice.channel}": notice.state for notice in notices
        }


async def ranks(database: Database, kind: str) -> list[tuple[str | None, str]]:
    """Channel and state of each rank."""
    async with database.reading() as reading:
        query = select(Notice).where(Notice.kind == kind).order_by(Notice.edition, Notice.rank)
        return [(notice.channel, notice.state) for notice in await reading.scalars(query)]


async def rows(database: Database) -> list[Notice]:
    """Confirmations of bookings."""
    async with database.reading() as reading:
        notices = await reading.scalars(select(Notice).where(Notice.kind == "booking_confirmed").order_by(Notice.rank))
        return [*notices]


async def letter_ids(database: Database) -> list[str]:
    async with database.reading() as reading:
        return [str(notice) for notice in await reading.scalars(select(Notice.id).where(Notice.channel == "letter"))]


async def published(database: Database, kind: str) -> list[str]:
    async with database.reading() as reading:
        query = text("SELECT convert_from(body, 'UTF8') FROM outbox WHERE headers->>'ce_type' = :kind ORDER BY id")
        return [row[0] for row in await reading.execute(query, {"kind": kind})]
