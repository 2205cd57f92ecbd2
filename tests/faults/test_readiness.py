"""A service alone: red with a reason while a server is away or nothing moves, green again by itself."""

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from chassis import db, relay
from chassis.clock import Clock
from chassis.db import Database
from deploy.local.processes import Children
from deploy.local.servers import ROOT, Servers, free_ports
from tests.actors import LINK_SECRET, SECRET
from tests.conftest import Created


@pytest.fixture
def children() -> Iterator[Children]:
    children = Children()
    yield children
    children.close()


def serve(children: Children, servers: Servers, url: str, log: Path) -> str:
    """`python -m services.booking serve`, with the three other services down. The answer is its address."""
    (port,) = free_ports(1)
    env = {
        "PASS_DATABASE_URL": url,
        "PASS_BUS__BOOTSTRAP": servers.kafka.bootstrap,
        "PASS_SECRET": SECRET,
        "PASS_LINK_SECRET": LINK_SECRET,
        "PASS_PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    children.start("booking", [sys.executable, "-m", "services.booking", "serve"], log, env=env)
    return f"http://127.0.0.1:{port}"


async def verdict(address: str, *, ready: bool, containing: str = "", within: float = 45) -> dict[str, Any]:
    """Wait for it."""
    deadline = time.monotonic() + within
    answer: dict[str, Any] = {}
    async with httpx.AsyncClient(timeout=15) as client:
        while time.monotonic() < deadline:
            try:
                answer = (await client.get(f"{address}/readyz")).json()
            except httpx.TransportError:
                answer = {}
            if answer.get("ready") is ready and containing in str(answer):
                return answer
            await asyncio.sleep(0.2)
    raise AssertionError(f"expected ready={ready} {containing}, last answer {answer}")


async def test_red_without_its_servers_green_when_they_are_there(
    children: Children, servers: Servers, migrated: Created, tmp_path: Path
) -> None:
    url = await migrated("booking")
    await asyncio.to_thread(servers.kafka.kill)
    await asyncio.to_thread(servers.postgres.kill)
    try:
        address = serve(children, servers, url, tmp_path / "booking.log")
        await verdict(address, ready=False, containing="base de données injoignable")
    finally:
        await asyncio.to_thread(servers.postgres.restart)
        await asyncio.to_thread(servers.kafka.restart)
    await verdict(address, ready=True)
    await asyncio.to_thread(servers.kafka.kill)
    try:
        await verdict(address, ready=False, containing="Kafka injoignable")
    finally:
        await asyncio.to_thread(servers.kafka.restart)
    await verdict(address, ready=True)


async def test_red_when_nothing_moves_green_when_it_does(
    children: Children, servers: Servers, migrated: Created, tmp_path: Path
) -> None:
    """Everything is reachable, but the relay is not the leader and its oldest message is a minute old."""
    url = await migrated("booking")
    other_leader = await asyncpg.connect(db.dsn(url))
    await other_leader.execute(f"SELECT pg_advisory_lock({relay.LEADER_LOCK})")
    await _leave_a_message(url)
    address = serve(children, servers, url, tmp_path / "booking.log")
    await verdict(address, ready=False, containing="relais bloqué")
    await other_leader.close()
    await verdict(address, ready=True)


async def test_red_on_another_shape_of_the_database(
    children: Children, servers: Servers, migrated: Created, tmp_path: Path
) -> None:
    url = await migrated("booking")
    await _sql(url, "UPDATE alembic_version SET version_num = version_num || '9'")
    address = serve(children, servers, url, tmp_path / "booking.log")
    await verdict(address, ready=False, containing="lancez «migrate»")
    await _sql(url, "UPDATE alembic_version SET version_num = rtrim(version_num, '9')")
    await verdict(address, ready=True)


async def _leave_a_message(url: str) -> None:
    columns = "event_id, topic, key, headers, body, said_at"
    values = "gen_random_uuid(), 'booking.events', 'k', '{}', '{}', now() - interval '1 minute'"
    await _sql(url, f"INSERT INTO outbox ({columns}) VALUES ({values})")  # noqa: S608 - our own words


async def _sql(url: str, statement: str) -> None:
    database = Database(url, clock=Clock())
    await database.transact(lambda tx: tx.execute(text(statement)))
    await database.close()
