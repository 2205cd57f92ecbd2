"""What booking answers, stores and publishes."""

from collections.abc import Awaitable

from sqlalchemy import text

from chassis.db import Database
from chassis.refusal import Refusal
from contracts.ids import BeneficiaryId
from services.booking import queries
from services.booking.model import Wallet


async def outcome(attempt: Awaitable[object]) -> str:
    try:
        await attempt
    except Refusal as refusal:
        return type(refusal).__name__
    return "done"


async def use(database: Database, person: BeneficiaryId) -> tuple[int, int, int]:
    """Vouchers of the first book: available, held, consumed."""
    async with database.reading() as reading:
        first = (await queries.wallet(reading, person)).uses()[0]
    return first.available, first.held, first.consumed


async def wallet(database: Database, person: BeneficiaryId) -> Wallet:
    async with database.reading() as reading:
        return await queries.wallet(reading, person)


async def published(database: Database, *kinds: str) -> list[str]:
    """The types of what was published, in order; only these when some are named."""
    async with database.reading() as reading:
        types = await reading.scalars(text("SELECT headers->>'ce_type' FROM outbox ORDER BY id"))
        names = [name.rpartition(".")[0] for name in types]
    return [kind for kind in names if not kinds or kind in kinds]
