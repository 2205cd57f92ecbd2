"""What the service's own database says of its work: what waits in it, and since when.

It is asked over a connection of its own: a pool whose connections all do good work is not an absent database.
"""

import asyncpg

from chassis import db, losses, telemetry
from chassis.health import STUCK_AFTER
from chassis.periodic import Runs
from chassis.relay import Relay

LOOK_EVERY = 2.0  # seconds
ANSWERS_WITHIN = 3.0  # seconds
COUNTED = 100_000  # rows of the outbox at most

WAITING = f"""
    SELECT
        (SELECT count(*) FROM (SELECT FROM outbox LIMIT {COUNTED}) AS first_rows) AS outbox,
        (SELECT extract(epoch FROM clock_timestamp() - said_at) FROM outbox ORDER BY id LIMIT 1)::float8 AS outbox_age,
        (SELECT count(*) FROM parked WHERE state = 'waiting') AS parked,
        (SELECT extract(epoch FROM clock_timestamp() - min(parked_at)) FROM parked WHERE state = 'waiting')::float8
            AS parked_age
"""  # noqa: S608 - our own number


LOST = """
    SELECT id, topic, partition, side, first_offset, next_offset
    FROM losses WHERE settled_at IS NULL ORDER BY id LIMIT 20
"""


class Figures:
    """`relay` is asked why it is blocked, when it is. `runs`: when each job last succeeded."""

    def __init__(self, url: str, relay: Relay) -> None:
        self.dsn, self.relay = db.dsn(url), relay
        self.outbox_age = 0.0
        self.lost: list[asyncpg.Record] = []
        self.runs = Runs()
        self._connection: asyncpg.Connection | None = None

    async def look(self) -> str:
        try:
            await self._ask()
        except asyncpg.UndefinedTableError as error:
            return f"il manque une table ({error}) : lancez «migrate»"
        except (OSError, TimeoutError, *db.DRIVER_FAULTS) as error:
            self.close()
            return f"base de données injoignable ({type(error).__name__})"
        except BaseException:
            self.close()
            raise
        return ""

    async def _ask(self) -> None:
        if self._connection is None:
            settings = {"application_name": "watch", **db.DEAD_PEERS}
            within = {"timeout": ANSWERS_WITHIN, "command_timeout": ANSWERS_WITHIN}
            self._connection = await asyncpg.connect(self.dsn, server_settings=settings, **within)
        row = await self._connection.fetchrow(WAITING)
        self.lost = await self._connection.fetch(LOST)
        self.runs.succeeded |= dict(await self._connection.fetch("SELECT name, ran_at FROM job_runs"))
        self.outbox_age = row["outbox_age"] or 0.0
        telemetry.outbox_rows.set(row["outbox"])
        telemetry.outbox_oldest.set(self.outbox_age)
        telemetry.parked_waiting.set(row["parked"])
        telemetry.parked_oldest.set(row["parked_age"] or 0.0)

    def outbox_moves(self) -> str:
        if self.outbox_age <= STUCK_AFTER:
            return ""
        why = self.relay.fault or "sans erreur connue"
        return f"relais bloqué : un message attend depuis {self.outbox_age:.0f} s ({why})"

    def losses(self) -> str:
        sentences = [losses.sentence(row) for row in self.lost]
        return f"{' ; '.join(sentences)} : voir {losses.PROCEDURE}" if sentences else ""

    def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
