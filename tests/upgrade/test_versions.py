"""The last release and today's version side by side, under load: migrate, roll, and nobody notices."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from chassis.bus import Bus
from chassis.db import dsn
from contracts.event import CloudEvent, Event
from contracts.ids import BeneficiaryId, uuid7
from deploy.local.processes import Children
from deploy.local.servers import ROOT, Servers
from tests.booking.events import TOMORROW, in_post, prescribed, registered_in_crest, scheduled, stated
from tests.sites import SERVICES
from tests.upgrade.fleet import Fleet, Load, last_release
from tests.waiting import until

INSTANCES = {"booking": 2, "notifications": 2, "catalogue": 1, "prescription": 1}
PEOPLE = 8
ENOUGH = 60  # more requests before, between and after


@pytest.fixture
def children() -> Iterator[Children]:
    children = Children()
    yield children
    children.close()


@pytest.fixture
async def fleet(servers: Servers, children: Children, tmp_path: Path) -> Fleet:
    return Fleet(servers, tmp_path, children)


@pytest.mark.skipif("UPGRADE" not in os.environ, reason="some minutes: make upgrade-test does it")
async def test_core_25_the_last_release_and_this_one_serve_side_by_side_and_nobody_notices(
    fleet: Fleet, bus: Bus, tmp_path: Path
) -> None:
    released = last_release(tmp_path / "released")
    await asyncio.gather(*(begin(fleet, service, released) for service in SERVICES))
    load = await under_load(fleet, bus)
    working = asyncio.create_task(load.run())
    await more(load)
    for service in SERVICES:
        await fleet.migrate(service, ROOT, role(fleet, service))
    await more(load)
    for service in SERVICES:
        await roll(fleet, service)
        await more(load)
    load.ended = True
    await working
    assert load.failures == []
    assert load.answers["book"] == load.answers["cancel"] >= PEOPLE
    for service in SERVICES:
        assert await parked(fleet, service, load) == []


def role(fleet: Fleet, service: str) -> str:
    return fleet.databases[service].rpartition("/")[2] + "_serves"


async def begin(fleet: Fleet, service: str, released: Path) -> None:
    """As the last release was run: one role owns the database, another serves."""
    fleet.databases[service] = await fleet.servers.postgres.create_database(f"u_{uuid4().hex[:10]}")
    await fleet.servers.postgres.create_role(role(fleet, service))
    await fleet.migrate(service, released, role(fleet, service))
    for _ in range(INSTANCES[service]):
        await fleet.start(service, released, role(fleet, service))


async def roll(fleet: Fleet, service: str) -> None:
    """Each instance is replaced by one of today's."""
    for _ in range(len(fleet.turn[service])):
        await fleet.start(service, ROOT, role(fleet, service))
        await fleet.end_oldest(service)


async def under_load(fleet: Fleet, bus: Bus) -> Load:
    """People with a book and a session each, on the bus as prescription and catalogue say them."""
    people = [BeneficiaryId(uuid7()) for _ in range(PEOPLE)]
    sessions = [scheduled(TOMORROW + timedelta(days=2), capacity=4) for _ in people]
    said: list[Event] = [*in_post(), *sessions]
    for person in people:
        said += [registered_in_crest(person), prescribed(person), stated(person)]
    await publish(bus, said)
    load = Load(fleet, people, [one.session_id for one in sessions])
    await until(lambda: all_known(fleet, load), "booking knows people and sessions")
    return load


async def publish(bus: Bus, events: list[Event]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bus.bootstrap)
    await producer.start()
    for event in events:
        headers = CloudEvent(uuid7(), datetime.now(UTC), event).headers()
        plain = [(name, value.encode()) for name, value in headers.items()]
        await producer.send_and_wait(event.topic, event.body, key=event.key.encode(), headers=plain)
    await producer.stop()


async def all_known(fleet: Fleet, load: Load) -> bool:
    known = """
        SELECT (SELECT count(*) FROM files JOIN people USING (beneficiary_id) WHERE beneficiary_id = ANY($1))
            + (SELECT count(*) FROM sessions WHERE id = ANY($2))
    """
    connection = await asyncpg.connect(dsn(fleet.databases["booking"]))
    count = await connection.fetchval(known, load.people, load.sessions)
    await connection.close()
    return bool(count == 2 * PEOPLE)


async def more(load: Load) -> None:
    """The load has gone on: nobody waits for what the instances do."""
    enough = load.answers.total() + ENOUGH

    async def seen() -> bool:
        return load.answers.total() >= enough or bool(load.failures)

    await until(seen, "the load goes on")


async def parked(fleet: Fleet, service: str, load: Load) -> list[str]:
    """What is about the people and sessions of this test."""
    keys = [str(one).encode() for one in (*load.people, *load.sessions)]
    connection = await asyncpg.connect(dsn(fleet.databases[service]))
    found = [row["error"] for row in await connection.fetch("SELECT error FROM parked WHERE key = ANY($1)", keys)]
    await connection.close()
    return found
