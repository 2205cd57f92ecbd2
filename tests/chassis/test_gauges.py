"""What waits is counted, with its age; who leads is seen."""

import asyncio
from contextlib import suppress

from prometheus_client import REGISTRY
from sqlalchemy import text

from chassis.bus import Bus
from chassis.db import Database
from chassis.figures import Figures
from chassis.relay import Relay
from tests.waiting import until

OUTBOX = """
    INSERT INTO outbox (event_id, topic, key, headers, body, said_at)
    SELECT gen_random_uuid(), 'try.events', 'k', '{}', '{}', now() - number * interval '1 minute'
    FROM generate_series(1, 3) AS number
"""
PARKED = """
    INSERT INTO parked (topic, partition, "offset", header_names, header_values, error, state, parked_at)
    SELECT 'try.events', 0, number, '{}', '{}', 'why', state, now() - interval '1 hour'
    FROM generate_series(1, 2) AS number, (VALUES ('waiting')) AS states (state)
"""


def gauge(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


async def test_core_20_what_waits_is_counted_with_its_age(database: Database, bus: Bus) -> None:
    for statement in (OUTBOX, PARKED):
        await database.transact(lambda tx, statement=statement: tx.execute(text(statement)))  # type: ignore[misc]
    figures = Figures(database.url, Relay(database.url, bus, "test"))
    assert await figures.look() == ""
    figures.close()
    assert (gauge("pass_outbox_records"), gauge("pass_parked_records")) == (3, 2)
    assert gauge("pass_outbox_oldest_seconds") >= 60
    assert gauge("pass_parked_oldest_seconds") >= 3600
    assert "relais bloqué" in figures.outbox_moves()


async def test_core_20_who_leads_is_seen(database: Database, bus: Bus) -> None:
    task = asyncio.create_task(Relay(database.url, bus, "test").run())

    async def leads(yes: float) -> bool:
        return gauge("pass_relay_leader") == yes

    await until(lambda: leads(1))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert await leads(0)
