"""Real servers for every test that needs one; a database of its own for each test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis import migration, telemetry
from chassis.bus import Bus
from chassis.clock import Clock
from chassis.db import Database, chassis_tables
from contracts.topics import TOPICS
from deploy.local.servers import ROOT, Servers, removed
from tests import infrastructure
from tests.rules import Rules

Created = Callable[[str], Awaitable[str]]


telemetry.configure("tests", "ERROR")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rules", action="store_true", help="print each rule with the tests that name it")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--rules"):
        config.pluginmanager.register(Rules())
    try:
        infrastructure.chosen()
    except infrastructure.Refused as refusal:
        raise pytest.UsageError(refusal) from refusal


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys last: Playwright keeps the event loop of the thread, and no other test could begin one."""
    items.sort(key=lambda item: "journeys" in item.path.parts)


def pytest_report_header() -> str:
    return f"servers: {infrastructure.chosen()}"


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with own_folder() as folder, infrastructure.started(folder) as started:
        started.kafka.create_topics_now(TOPICS.values())
        asyncio.run(without_fsync(started.postgres.dsn))
        yield started


@contextmanager
def own_folder() -> Iterator[Path]:
    """For servers: PostgreSQL, which may be «nobody», gets there, and nothing of it is left."""
    folder = ROOT / ".local" / f"tests-{uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        removed(folder)


async def without_fsync(dsn: str) -> None:
    """A killed process loses nothing by it, only a power cut would; with it, recovery syncs every test's database."""
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute("ALTER SYSTEM SET fsync = off")
        await admin.execute("SELECT pg_reload_conf()")
    finally:
        await admin.close()


@pytest.fixture(scope="session")
def bus(servers: Servers) -> Bus:
    return Bus(bootstrap=servers.kafka.bootstrap)


@pytest.fixture
async def database_url(servers: Servers) -> str:
    """An empty database."""
    return await servers.postgres.create_database(f"t_{uuid4().hex[:12]}")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the chassis' tables and nothing else."""
    await create(database_url, chassis_tables)
    opened = Database(database_url, clock=Clock())
    yield opened
    await opened.close()


async def create(url: str, *tables: MetaData) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for extension in migration.EXTENSIONS:
            await connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
        for metadata in tables:
            await connection.run_sync(metadata.create_all)
    await engine.dispose()


@pytest.fixture(scope="session")
def migrated(servers: Servers) -> Created:
    """`await migrated("booking")`: a new database in the shape of that service, copied from a template."""
    templates: set[str] = set()

    async def copy(service: str) -> str:
        template = f"template_{service}"
        if service not in templates:
            url = await servers.postgres.create_database(template)
            folder = ROOT / "services" / service / "migrations"
            await asyncio.to_thread(migration.migrate_now, url, folder, MetaData())
            templates.add(service)
        name = f"t_{uuid4().hex[:12]}"
        admin = await asyncpg.connect(servers.postgres.dsn)
        await admin.execute(f'CREATE DATABASE "{name}" OWNER "{template}" TEMPLATE "{template}"')
        await admin.close()
        return servers.postgres.url(template).removesuffix(template) + name

    return copy
