"""May it get requests, and does its work go on: two answers from memory, filled by watches in the background.

A watch looks every few seconds, within a bound, and remembers a French reason, or nothing when all is well. What has
not been looked at for long is a fault of its own. Why there are two: docs/decisions/0060.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.stopping import pause, was_cancelled

log = structlog.get_logger("health")

STUCK_AFTER = 30.0  # seconds without progress while there is work
LATE = 10.0  # seconds that a look may take longer than it should

NOT_YET = "pas encore regardé"

Check = Callable[[], str]  # a reason, or nothing when all is well; asks nobody


@dataclass
class Watch:
    """Asks one question again and again, `every` so many seconds, each time for `within` seconds at most."""

    name: str
    every: float
    look: Callable[[], Awaitable[str]]
    within: float = 5.0
    reason: str = NOT_YET
    looked_at: float = field(default_factory=time.monotonic)

    async def run(self) -> None:
        while not was_cancelled():
            self.reason = await self._answer()
            self.looked_at = time.monotonic()
            await pause(self.every)

    async def _answer(self) -> str:
        try:
            async with asyncio.timeout(self.within):
                return await self.look()
        except TimeoutError:
            return f"pas de réponse en {self.within:.0f} s"
        except Exception as error:
            log.exception("watch failed", watch=self.name)
            return f"surveillance en échec ({type(error).__name__})"

    def verdict(self) -> str:
        age = time.monotonic() - self.looked_at
        if age > self.every + self.within + LATE:
            return f"pas regardé depuis {age:.0f} s"
        return self.reason


class Returns:
    """When a connection last left the pool or came back: all of them out is good work, as long as some come back."""

    def __init__(self, engine: AsyncEngine, connections: int) -> None:
        self.pool, self.connections = engine.sync_engine.pool, connections
        self.at = time.monotonic()
        event.listen(self.pool, "checkout", self._moved)
        event.listen(self.pool, "checkin", self._moved)

    def _moved(self, *_: object) -> None:
        self.at = time.monotonic()

    def verdict(self) -> str:
        idle = time.monotonic() - self.at
        if self.pool.checkedout() >= self.connections and idle > STUCK_AFTER:  # type: ignore[attr-defined]
            return f"les {self.connections} connexions sont prises, aucune n'est revenue depuis {idle:.0f} s"
        return ""


def faults(checks: Mapping[str, Check]) -> dict[str, str]:
    """Return what is wrong, by part; empty when all is well."""
    reasons = {name: check() for name, check in checks.items()}
    return {name: reason for name, reason in reasons.items() if reason}
