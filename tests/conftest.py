"""Real servers for every test that needs one; a database of its own for each test."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka.errors import KafkaError
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis import migration, telemetry
from chassis.bus import Bus
from chassis.clock import Clock
from chassis.cluster import GroupIsAtWork
from chassis.commands import COLLECT
from chassis.db import Database, chassis_tables
from chassis.limits import Limits
from contracts.topics import TOPICS
from deploy.local.kafka import Kafka
from deploy.local.servers import ROOT, Servers, removed
from tests import infrastructure, moment, programs
from tests.databases import Databases
from tests.rules import LISTS, Report
from tests.scheduling import BySystem, rank
from tests.sites import SERVICES, site_of
from tests.waiting import PATIENCE, until

Created = Callable[[str], Awaitable[str]]

KAFKA = {"kafka", "bus", "system", "secured"}
WITH = {"kafka": KAFKA, "servers": {*KAFKA, "servers"}}  # fixtures


telemetry.configure("tests", "ERROR")
moment.begin()


def pytest_addoption(parser: pytest.Parser) -> None:
    for option, listed in LISTS.items():
        parser.addoption(option, action="store_true", help=f"print each line of docs/{listed.file} with its tests")
    parser.addoption("--without", choices=[*WITH], help="leave out the tests that need Kafka, or any server")


def pytest_configure(config: pytest.Config) -> None:
    """What the tests can use is decided here, once, for all workers."""
    for option, listed in LISTS.items():
        if config.getoption(option):
            config.pluginmanager.register(Report(listed))
    programs.look()
    if config.getini("timeout"):
        config.option.timeout = config.getoption("timeout") or 3 * PATIENCE
    try:
        infrastructure.chosen()
    except infrastructure.Refused as refusal:
        raise pytest.UsageError(refusal) from refusal


@pytest.hookimpl(trylast=True)  # whoever shuffles has done so
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first: what is short fills the gap at the end, when one worker has nothing left."""
    if without := config.getoption("--without"):
        items[:] = [item for item in items if not WITH[without] & {*getattr(item, "fixturenames", ())}]
    items.sort(key=lambda item: rank(item.path.parent.name))


def pytest_collection_finish() -> None:
    """As a service does: looking for garbage among what was imported was a quarter of the tests' work."""
    gc.freeze()
    gc.set_threshold(*COLLECT)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BySystem:
    config.option.loadscopereorder = False  # it would begin with the folders of most tests
    return BySystem(config, log)


def pytest_report_header() -> list[str]:
    return [
        f"servers: {infrastructure.chosen()}",
        f"programs: {programs.line()}",
        f"patience: {PATIENCE:.0f} s, moment: {moment.MOMENT or 'now'}",
    ]


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    with own_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest, folder: Path) -> Iterator[Servers]:
    """Each worker has its own, so that it may kill them."""
    kafka = request.config.getoption("--without") != "kafka"
    with infrastructure.started(folder, kafka=kafka) as started:
        asyncio.run(hurried(started.postgres.dsn))
        yield started
        if kafka:
            started.kafka.kill()  # its orderly end takes a quarter of a minute, and nobody needs its data


@pytest.fixture(scope="session")
def kafka(servers: Servers) -> Kafka:
    servers.kafka.create_topics_now(TOPICS.values())
    return servers.kafka


@contextmanager
def own_folder() -> Iterator[Path]:
    """For servers: PostgreSQL, which may be «nobody», gets there, and nothing of it is left."""
    folder = ROOT / ".local" / f"tests-{uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        removed(folder)


async def hurried(dsn: str) -> None:
    """Do without what only a power cut or a thief of passwords needs.

    With fsync, recovery after a kill would sync every test's database. Each test connects anew.
    """
    admin = await asyncpg.connect(dsn)
    try:
        for setting in ("fsync = off", "scram_iterations = 1"):
            await admin.execute(f"ALTER SYSTEM SET {setting}")
        await admin.execute("SELECT pg_reload_conf()")
    finally:
        await admin.close()


@pytest.fixture(scope="session")
def bus(kafka: Kafka) -> Bus:
    return Bus(bootstrap=kafka.bootstrap)


@pytest.fixture
async def database_url(servers: Servers) -> str:
    """An empty database."""
    return await servers.postgres.create_database(f"t_{uuid4().hex[:12]}")


@pytest.fixture(scope="session")
def databases(servers: Servers) -> Iterator[Databases]:
    recipes = {service: partial(migrated_now, service) for service in SERVICES}
    with closing(Databases(servers.postgres, {"chassis": with_chassis_tables, **recipes})) as databases:
        yield databases


def migrated_now(service: str, url: str) -> None:
    migration.migrate_now(url, ROOT / "services" / service / "migrations", MetaData())


def with_chassis_tables(url: str) -> None:
    asyncio.run(create(url, chassis_tables))


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    """A database with the chassis' tables and nothing else."""
    opened = Database(await databases.lend("chassis"), clock=Clock())
    yield opened
    await opened.close()
    databases.take_back("chassis", opened.url)


@pytest.fixture
def patient(database: Database) -> Database:
    """Where many want the same row, or a connection, they wait for each other as long as it takes.

    On a busy machine the last waits longer than a request may, and would be refused by luck.
    """
    database.limits = Limits(lock=PATIENCE, statement=PATIENCE)
    database.engine.pool._timeout = PATIENCE  # type: ignore[attr-defined]
    return database


async def create(url: str, *tables: MetaData) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for extension in migration.EXTENSIONS:
            await connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
        for metadata in tables:
            await connection.run_sync(metadata.create_all)
    await engine.dispose()


@pytest.fixture
def migrated(databases: Databases) -> Iterator[Created]:
    """`await migrated("booking")`: an empty database in the shape of that service."""
    lent: list[tuple[str, str]] = []

    async def lend(service: str) -> str:
        lent.append((service, await databases.lend(service)))
        return lent[-1][1]

    yield lend
    for service, url in lent:
        databases.take_back(service, url)


@pytest.fixture
def on_the_bus(migrated: Created, bus: Bus) -> Created:
    """The same, for a service that joins the bus of all tests: from now on its groups are this database's."""

    async def lend(service: str) -> str:
        url = await migrated(service)
        await taken_over(service, url, bus)
        return url

    return lend


async def taken_over(service: str, url: str, bus: Bus) -> None:
    """Bind the groups once the last test's members are gone; a broker that has just begun keeps no offsets yet."""
    runtime = site_of(service, url, bootstrap=bus.bootstrap).runtime

    async def bound() -> bool:
        try:
            await runtime.binding.bind()
        except (KafkaError, GroupIsAtWork):
            return False
        return True

    await until(bound, "the groups are bound")
    await runtime.binding.cluster.close()
    await runtime.database.close()
