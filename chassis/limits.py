"""For how long a request waits: for a connection, for what another holds, for one statement."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

WAITS_FOR_A_CONNECTION = 10.0  # seconds, for one of the pool and for the server to answer
OTHERS = text(
    "SELECT set_config('lock_timeout', :lock_timeout, true), set_config('statement_timeout', :statement_timeout, true)"
)


@dataclass(frozen=True)
class Limits:
    """How many seconds a transaction waits for what another holds, and how many one statement may take.

    0: for as long as it takes.
    """

    lock: float
    statement: float

    def settings(self) -> dict[str, str]:
        """Return them as PostgreSQL reads them, in milliseconds."""
        return {"lock_timeout": f"{self.lock * 1000:.0f}", "statement_timeout": f"{self.statement * 1000:.0f}"}

    async def apply(self, session: AsyncSession) -> None:
        """Set them until the end of its transaction."""
        await session.execute(OTHERS, self.settings())


REQUESTS = Limits(lock=2.5, statement=15)
WORK = Limits(lock=15, statement=0)
"""Of consumers and jobs."""
