"""Moves a service's database to its newest shape while the last version still serves, and refuses to work on another.

To add a table of the chassis, which all services have:

1. write `chassis/migrations/NNNN_what.sql` with the next number: SQL statements, run as one transaction; a file whose
   first line is `-- concurrently` is run statement by statement outside of one;
2. write its `Table` on `chassis_tables`, in the module that uses it.

`migrate` runs these files in order before the service's own migrations, each once in each database, and records them
in `chassis_version`. The test «the migrations make what the model says» compares both. A file that has been released is
never changed: write another. What a migration may do is in `docs/operate/upgrade.md`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import asyncpg
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Column, Connection, DateTime, MetaData, Table, Text, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from chassis import heads, roles
from chassis.db import Database, chassis_tables, connected, sqlstate
from chassis.heads import AnotherHead as AnotherHead  # noqa: PLC0414 - who checks waits for it
from chassis.scripts import run_outside, run_script

EXTENSIONS = ("unaccent", "pg_trgm", "btree_gist")  # trusted: the owner of a database may create them
LOCK = text("SELECT pg_advisory_lock(hashtext('migrate'))")
LOCK_WAIT = "2s"  # who waits for a table makes everybody else wait behind
LOCKED = "55P03"
PAUSE, TRIES = 3.0, 40  # seconds for the others between two tries; two to three minutes in all
CONCURRENTLY = "-- concurrently\n"
BEFORE_THE_RECORD = {"0001_first_tables": "outbox", "0002_erased": "erased"}
"""Migrations that older databases have had from their service, and a table by which that is seen."""

chassis_version = Table(
    "chassis_version",
    chassis_tables,
    Column("migration", Text, primary_key=True),
    Column("applied_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


def config(folder: Path, tables: MetaData) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(folder))
    settings.set_main_option("path_separator", "os")
    settings.attributes["tables"] = tables
    return settings


def run_migrations() -> None:
    """Run a service's migrations; called by its `migrations/env.py`."""
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        target_metadata=[chassis_tables, attributes["tables"]],
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate(url: str, folder: Path, tables: MetaData, to: str = "head", *, role: str = "") -> None:
    """Migrate to the newest shape, a transaction a migration, under a lock, so that two instances may start together.

    A database that is ahead, and suits this program, stays as it is. `url` is of the owner of the tables; `role`, when
    it is another, is the one that serves. Raises NoSuchRole, AnotherHead, and asyncpg's or SQLAlchemy's error when a
    table stays locked.
    """
    connect = partial(connected, url, {"lock_timeout": LOCK_WAIT})
    engine = create_async_engine(url, poolclass=NullPool, async_creator=connect)
    try:
        async with engine.connect() as connection:
            await lock_migrations(connection)
            if await is_ahead(connection, folder):
                await check(connection, folder)
            else:
                await insist(connection, lambda: upgrade(connection, config(folder, tables), to, role))
    finally:
        await engine.dispose()


async def upgrade(connection: AsyncConnection, settings: Config, to: str, role: str) -> None:
    """Run the migrations that the database has not had."""
    folder = Path(settings.get_main_option("script_location") or "")

    def services_own(plain: Connection) -> None:
        settings.attributes["connection"] = plain
        command.upgrade(settings, to)

    await extend(connection)
    await migrate_chassis(connection)
    await connection.run_sync(services_own)
    await heads.write(connection, [*await suited(connection, folder), *heads.chassis_suited()])
    if role:
        await roles.grant(connection, role, heads.CHASSIS, folder)
    await connection.commit()


async def lock_migrations(connection: AsyncConnection) -> None:
    """Lock out other migrations until the connection is closed, however long another migration takes."""
    await connection.execute(text("SET LOCAL lock_timeout = 0"))
    await connection.execute(LOCK)
    await connection.commit()


async def insist(connection: AsyncConnection, steps: Callable[[], Awaitable[None]]) -> None:
    """Give way to those who hold a table, and begin again: what is committed stays, and is not done twice."""
    for _ in range(TRIES - 1):
        try:
            return await steps()
        except (DBAPIError, asyncpg.PostgresError) as error:
            if sqlstate(error) != LOCKED:
                raise
        await connection.rollback()
        await asyncio.sleep(PAUSE)
    return await steps()


async def extend(connection: AsyncConnection) -> None:
    for extension in EXTENSIONS:
        await connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
    await connection.run_sync(lambda plain: chassis_version.create(plain, checkfirst=True))
    await connection.commit()


async def migrate_chassis(connection: AsyncConnection) -> None:
    """Apply the chassis' own migrations that this database has not had, each in a transaction."""
    done = await applied(connection)
    await connection.commit()
    for file in heads.chassis_migrations():
        if file.stem not in done:
            await apply(connection, file.stem, file.read_text())
            await connection.execute(insert(chassis_version).values(migration=file.stem))
            await connection.commit()


async def apply(connection: AsyncConnection, name: str, script: str) -> None:
    """Run one. A database made before the chassis had migrations of its own has had the first ones already."""
    if name in BEFORE_THE_RECORD and await exists(connection, BEFORE_THE_RECORD[name]):
        return
    if script.startswith(CONCURRENTLY):
        await run_outside(connection, script)
    else:
        await run_script(connection, script)


async def applied(connection: AsyncConnection) -> set[str]:
    """Return the chassis' migrations that this database has had; none where nobody has recorded any."""
    if not await exists(connection, chassis_version.name):
        return set()
    return {*await connection.scalars(select(chassis_version.c.migration))}


async def exists(connection: AsyncConnection, table: str) -> bool:
    return bool(await connection.scalar(select(func.to_regclass(table).is_not(None))))


def scripts(folder: Path) -> ScriptDirectory:
    return ScriptDirectory.from_config(config(folder, MetaData()))


async def revision(connection: AsyncConnection) -> str | None:
    """Return the newest migration of the service that this database has had."""
    return await connection.run_sync(lambda plain: MigrationContext.configure(plain).get_current_revision())


async def suited(connection: AsyncConnection, folder: Path) -> list[str]:
    """Return the heads of the service's programs that work on the shape it has now."""
    newest_first = scripts(folder).iterate_revisions(await revision(connection), "base")
    return heads.suited((script.revision, getattr(script.module, "oldest", "")) for script in newest_first)


async def is_ahead(connection: AsyncConnection, folder: Path) -> bool:
    """Return whether a newer program has migrated it."""
    try:
        scripts(folder).get_revision(await revision(connection) or "base")
    except CommandError:
        return True
    return bool(await applied(connection) - {file.stem for file in heads.chassis_migrations()})


async def check(connection: AsyncConnection, folder: Path) -> None:
    """Raises AnotherHead unless the database suits this program."""
    wanted = {scripts(folder).get_current_head() or "", heads.chassis_suited()[0]}
    if not wanted <= (served := await heads.served(connection)):
        raise AnotherHead(wanted, served)


async def check_head(database: Database, folder: Path, _: MetaData) -> None:
    """Raises AnotherHead."""
    async with database.engine.connect() as connection:
        await check(connection, folder)


def migrate_now(url: str, folder: Path, tables: MetaData, to: str = "head", *, role: str = "") -> None:
    asyncio.run(migrate(url, folder, tables, to, role=role))
