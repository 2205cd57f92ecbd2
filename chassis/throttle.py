"""How often somebody may ask, counted in the database: all instances count together, and a restart forgets nothing.

Of each asker one row says when they have asked no more than they may (the generic cell rate algorithm): a request moves
that moment on by its share, and is refused while the moment lies further ahead than what may be asked at once. Askers
are keyed digests: who asked is not written down. The table is not logged: a crash of PostgreSQL empties it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, DateTime, LargeBinary, Table, delete, func, select, text

from chassis.db import Reading, Transaction, any_of, chassis_tables

throttle = Table(
    "throttle",
    chassis_tables,
    Column("asker", LargeBinary, primary_key=True),
    Column("free_at", DateTime(timezone=True), nullable=False),
    prefixes=["UNLOGGED"],
)
ASKED = text("""
INSERT INTO throttle AS known (asker, free_at)
SELECT asker, CAST(:now AS timestamptz) + CAST(:share AS interval)
FROM unnest(CAST(:askers AS bytea[])) AS asker ORDER BY asker
ON CONFLICT (asker) DO UPDATE
SET free_at = greatest(known.free_at, CAST(:now AS timestamptz)) + CAST(:share AS interval)
WHERE known.free_at <= CAST(:now AS timestamptz) + CAST(:burst AS interval)
RETURNING asker
""")
Askers = Collection[bytes]


@dataclass(frozen=True)
class Limit:
    """So many requests `at_once`, then one more every `every` seconds."""

    name: str
    at_once: int
    every: float

    @property
    def share(self) -> timedelta:
        return timedelta(seconds=self.every)

    def burst(self, allowance: float) -> timedelta:
        """Return how far ahead the moment may lie. `allowance` multiplies what may be asked at once."""
        return self.share * max(self.at_once * allowance - 1, 0)


async def count(tx: Transaction, askers: Askers, limit: Limit, allowance: float) -> timedelta:
    """Count one request of each; return how long it is too early for one of them: nothing when all may ask."""
    burst = limit.burst(allowance)
    values = {"askers": [*askers], "now": tx.now, "share": limit.share, "burst": burst}
    passed = {*await tx.scalars(ASKED, values)}
    return timedelta(0) if passed == {*askers} else await early(tx, askers, limit, allowance, tx.now)


async def early(reading: Reading, askers: Askers, limit: Limit, allowance: float, now: datetime) -> timedelta:
    """Return how long it is too early for one of them, without counting."""
    latest = await reading.scalar(select(func.max(throttle.c.free_at)).where(any_of(throttle.c.asker, askers)))
    return max(latest - limit.burst(allowance) - now, timedelta(0)) if latest else timedelta(0)


async def forget(tx: Transaction) -> None:
    """Forget, as a timed job, who may ask as much as ever."""
    await tx.execute(delete(throttle).where(throttle.c.free_at < tx.now))
