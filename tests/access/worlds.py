"""The worlds of the four services, each in a database of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from chassis.site import Site
from tests.access.in_booking import booking
from tests.access.in_catalogue import catalogue
from tests.access.in_notifications import notifications
from tests.access.in_prescription import prescription
from tests.access.measured import Measuring
from tests.access.rows import Rows
from tests.access.world import World
from tests.inputs.seeds import OUTSIDE
from tests.sites import site_of

WORLDS: dict[str, Callable[[Site], Awaitable[World]]] = {
    "prescription": prescription,
    "catalogue": catalogue,
    "booking": booking,
    "notifications": notifications,
}


@asynccontextmanager
async def world_of(service: str, url: str, superusers: str) -> AsyncIterator[tuple[FastAPI, Measuring]]:
    """Its relay, consumers and jobs do not run. `superusers`: the same database, as asyncpg names it."""
    site = site_of(service, url, **(OUTSIDE if service == "notifications" else {}))
    for consumer in site.runtime.consumers.values():
        consumer.fresh_at = site.runtime.clock.now() + timedelta(hours=1)  # however long it takes
    app = site.application()
    world = await WORLDS[service](site)
    rows = await Rows.remembered(superusers)
    measuring = Measuring.of(app, world, rows)
    try:
        yield app, measuring
    finally:
        await measuring.asker.client.aclose()
        await rows.close()
        await site.runtime.database.close()
