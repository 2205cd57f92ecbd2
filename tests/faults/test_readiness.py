"""A service alone: red with a reason while a server is away or nothing moves, green again by itself."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import select, text, update

from chassis import db, relay
from chassis.broker import group_of
from chassis.bus import Bus
from chassis.clock import Clock
from chassis.db import Database
from chassis.positions import database_identity
from contracts.topics import NOTIFICATIONS
from deploy.local.processes import Children
from deploy.local.servers import ROOT, Servers, free_ports
from deploy.local.system import HTTP
from tests.actors import LINK_SECRET, SECRET, SESSION_ENV
from tests.conftest import Created
from tests.forks import Forking
from tests.sites import site_of
from tests.waiting import until

READY, WORKS = "/readyz", "/statusz"


@pytest.fixture
def children() -> Iterator[Children]:
    children = Forking()
    yield children
    children.close()


def environment(servers: Servers, url: str, port: int, **settings: str) -> dict[str, str]:
    """What a service of these tests is told, whichever it is."""
    return {
        "PASS_DATABASE_URL": url,
        "PASS_BUS__BOOTSTRAP": servers.kafka.bootstrap,
        "PASS_SECRET": SECRET,
        **SESSION_ENV,
        "PASS_LINK_SECRET": LINK_SECRET,
        "PASS_ERASURE_SECRET": LINK_SECRET,
        "PASS_PORT": str(port),
        "PASS_DRAIN": "0",
        "PASS_LOCAL": "true",
        "PYTHONPATH": str(ROOT),
        **settings,
    }


def serve(children: Children, servers: Servers, url: str, log: Path, **settings: str) -> str:
    """`python -m services.booking serve`, with the three other services down. The answer is its address."""
    (port,) = free_ports(1)
    env = environment(servers, url, port, **settings)
    children.start("booking", [sys.executable, "-m", "services.booking", "serve"], log, env=env)
    return f"http://127.0.0.1:{port}"


async def answer(address: str, path: str) -> tuple[int, str]:
    """Status and body; 0 while nobody listens."""
    try:
        answered = await asyncio.to_thread(HTTP.get, f"{address}{path}", timeout=15)
    except httpx.TransportError:
        return 0, ""
    return answered.status_code, answered.text


async def seen(address: str, path: str, status: int, containing: str = "") -> str:
    """Wait for it."""

    async def look() -> str:
        found, text = await answer(address, path)
        return text if found == status and containing in text else ""

    return await until(look, f"{path} {status} {containing}")


async def test_red_without_its_servers_green_when_they_are_there(
    children: Children, servers: Servers, on_the_bus: Created, tmp_path: Path
) -> None:
    url = await on_the_bus("booking")
    await asyncio.to_thread(servers.kafka.kill)
    await asyncio.to_thread(servers.postgres.kill)
    try:
        address = serve(children, servers, url, tmp_path / "booking.log")
        await seen(address, READY, 503, "base de données injoignable")
    finally:
        await asyncio.to_thread(servers.postgres.restart)
        await asyncio.to_thread(servers.kafka.restart)
    await seen(address, READY, 200)
    await seen(address, WORKS, 200)


async def test_core_17_without_kafka_it_may_get_requests_and_its_work_does_not_go_on(
    children: Children, servers: Servers, on_the_bus: Created, tmp_path: Path
) -> None:
    url = await on_the_bus("booking")
    await asyncio.to_thread(servers.kafka.kill)
    try:
        address = serve(children, servers, url, tmp_path / "booking.log")
        await seen(address, READY, 200)
        await seen(address, WORKS, 503, "Kafka injoignable")
    finally:
        await asyncio.to_thread(servers.kafka.restart)
    await seen(address, WORKS, 200)
    await asyncio.to_thread(servers.kafka.kill)
    try:
        await seen(address, WORKS, 503, "Kafka injoignable")
        await seen(address, READY, 200)
    finally:
        await asyncio.to_thread(servers.kafka.restart)
    await seen(address, WORKS, 200)


async def test_core_17_both_answers_come_from_memory(
    children: Children, servers: Servers, on_the_bus: Created, tmp_path: Path
) -> None:
    """Kafka stands still without closing a connection: whoever asked it would wait until it goes on."""
    address = serve(children, servers, await on_the_bus("booking"), tmp_path / "booking.log")
    await seen(address, WORKS, 200)
    servers.kafka.pause()
    try:
        await seen(address, WORKS, 503, "Kafka")
        await seen(address, READY, 200)
    finally:
        servers.kafka.resume()
    await seen(address, WORKS, 200)


async def test_core_17_with_kafka_standing_still_it_ends_within_its_bounds(
    children: Children, servers: Servers, on_the_bus: Created, tmp_path: Path
) -> None:
    """Each wait of the end is for something that never comes; what is not done in time is left behind."""
    log = tmp_path / "booking.log"
    address = serve(children, servers, await on_the_bus("booking"), log)
    await seen(address, WORKS, 200)
    servers.kafka.pause()
    try:
        children.running["booking"].send(signal.SIGTERM)
        await asyncio.to_thread(children.running["booking"].process.wait, 45)
    finally:
        servers.kafka.resume()
    assert "left behind at the end" in log.read_text()
    assert "Traceback" not in log.read_text()


async def test_core_21_refused_while_it_works_it_goes_on_once_the_groups_are_its_own(
    children: Children, servers: Servers, bus: Bus, on_the_bus: Created, tmp_path: Path
) -> None:
    """Kafka comes later than the service, and knows another database: pages are shut until somebody has mended that."""
    url = await on_the_bus("booking")
    work = site_of("booking", url, bus=bus).runtime
    await work.binding.verify()
    ours = await is_now(work.database, UUID(int=7))
    await asyncio.to_thread(servers.kafka.kill)
    try:
        address = serve(children, servers, url, tmp_path / "booking.log")
        await seen(address, READY, 200)
    finally:
        await asyncio.to_thread(servers.kafka.restart)
    await seen(address, READY, 503, "n'est pas celle à laquelle Kafka lie les groupes")
    await is_now(work.database, ours)
    await seen(address, READY, 200)
    await seen(address, WORKS, 200)
    await work.binding.cluster.close()
    await work.database.close()


async def is_now(database: Database, identity: UUID) -> UUID:
    """Give the database another identity. The answer is the one before."""
    async with database.engine.begin() as connection:
        before: UUID = (await connection.execute(select(database_identity.c.id))).scalar_one()
        await connection.execute(update(database_identity).values(id=identity))
    return before


async def test_core_17_told_to_end_it_is_unready_first_and_serves_on(
    children: Children, servers: Servers, on_the_bus: Created, tmp_path: Path
) -> None:
    """As long as a balancer needs to notice, requests still find somebody."""
    log = tmp_path / "booking.log"
    address = serve(children, servers, await on_the_bus("booking"), log, PASS_DRAIN="3")
    await seen(address, READY, 200)
    child = children.running["booking"]
    child.send(signal.SIGTERM)
    await seen(address, READY, 503, "arrêt en cours")
    assert (await answer(address, "/livez"))[0] == 200
    await asyncio.to_thread(child.process.wait, 45)


async def test_core_19_a_loss_is_seen_at_the_start_before_the_consumer_goes_on(
    children: Children, servers: Servers, bus: Bus, on_the_bus: Created, tmp_path: Path
) -> None:
    """The group has read 500 records more than Kafka has: its consumer would begin again without a word."""
    url = await on_the_bus("booking")
    end = await read_until(bus, 500)
    address = serve(children, servers, url, tmp_path / "booking.log")
    try:
        await seen(address, WORKS, 503, f"les messages {end} à {end + 499} étaient lus")
        await seen(address, READY, 200)
    finally:
        await asyncio.to_thread(children.running["booking"].stop)
        await read_until(bus, 0)


async def read_until(bus: Bus, beyond: int) -> int:
    """As if booking had read that much beyond the end of a partition, which is the answer."""
    place = TopicPartition(NOTIFICATIONS.name, 0)
    group = {"group_id": group_of("booking", NOTIFICATIONS), "enable_auto_commit": False}
    consumer = AIOKafkaConsumer(**bus.client(), **group)
    await consumer.start()
    consumer.assign([place])
    end: int = (await consumer.end_offsets([place]))[place]
    await consumer.commit({place: end + beyond})
    await consumer.stop()
    return end


async def test_red_when_nothing_moves_green_when_it_does(
    children: Children, servers: Servers, on_the_bus: Created, tmp_path: Path
) -> None:
    """Everything is reachable, but the relay is not the leader and its oldest message is a minute old."""
    url = await on_the_bus("booking")
    other_leader = await asyncpg.connect(db.dsn(url))
    await other_leader.execute(f"SELECT pg_advisory_lock({relay.LEADER_LOCK})")
    await _leave_a_message(url)
    address = serve(children, servers, url, tmp_path / "booking.log")
    await seen(address, WORKS, 503, "relais bloqué")
    await seen(address, READY, 200)
    await other_leader.close()
    await seen(address, WORKS, 200)


async def test_red_on_another_shape_of_the_database(
    children: Children, servers: Servers, on_the_bus: Created, tmp_path: Path
) -> None:
    url = await on_the_bus("booking")
    await _sql(url, "UPDATE served_heads SET head = head || '9'")
    address = serve(children, servers, url, tmp_path / "booking.log")
    await seen(address, READY, 503, "lancez «migrate»")
    await _sql(url, "UPDATE served_heads SET head = rtrim(head, '9')")
    await seen(address, READY, 200)


async def _leave_a_message(url: str) -> None:
    columns = "event_id, topic, key, headers, body, said_at"
    values = "gen_random_uuid(), 'booking.events', 'k', '{}', '{}', now() - interval '1 minute'"
    await _sql(url, f"INSERT INTO outbox ({columns}) VALUES ({values})")  # noqa: S608 - our own words


async def _sql(url: str, statement: str) -> None:
    database = Database(url, clock=Clock())
    await database.transact(lambda tx: tx.execute(text(statement)))
    await database.close()
