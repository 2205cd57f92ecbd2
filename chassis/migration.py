"""Moves a service's database to its newest shape, one instance at a time, and refuses to work on another shape.

To add a table of the chassis, which all services have:

1. write `chassis/migrations/NNNN_what.sql` with the next number: SQL statements, run as one transaction;
2. write its `Table` on `chassis_tables`, in the module that uses it.

`migrate` runs these files in order before the service's own migrations, each once in each database, and records them
in `chassis_version`. The test «the migrations make what the model says» compares both. A file that has been released is
never changed: write another.
"""

import asyncio
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, DateTime, MetaData, Table, Text, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from chassis import roles
from chassis.db import Database, chassis_tables
from chassis.scripts import run_script

CHASSIS = Path(__file__).with_name("migrations")
EXTENSIONS = ("unaccent", "pg_trgm", "btree_gist")  # trusted: the owner of a database may create them
LOCK = text("SELECT pg_advisory_lock(hashtext('migrate'))")
BEFORE_THE_RECORD = {"0001_first_tables": "outbox", "0002_erased": "erased"}
"""Migrations that older databases have had from their service, and a table by which that is seen."""

chassis_version = Table(
    "chassis_version",
    chassis_tables,
    Column("migration", Text, primary_key=True),
    Column("applied_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


class AnotherHead(RuntimeError):
    """The database is not at the shape this program was written for: run `migrate` first."""


def config(folder: Path, tables: MetaData, connection: Connection | None = None) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(folder))
    settings.set_main_option("path_separator", "os")
    settings.attributes.update(connection=connection, tables=tables)
    return settings


def run_migrations() -> None:
    """Called by each service's `migrations/env.py`."""
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        target_metadata=[chassis_tables, attributes["tables"]],
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate(url: str, folder: Path, tables: MetaData, to: str = "head", *, role: str = "") -> None:
    """To the newest shape, a transaction a migration, under a lock, so that two instances may start together.

    `url` is of the owner of the tables; `role`, when it is another, is the one that serves. Raises NoSuchRole.
    """

    def upgrade(plain: Connection) -> None:
        command.upgrade(config(folder, tables, plain), to)

    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(LOCK)  # until the connection is closed
        for extension in EXTENSIONS:
            await connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
        await connection.commit()
        await migrate_chassis(connection)
        await connection.run_sync(upgrade)
        if role:
            await roles.grant(connection, role, CHASSIS, folder)
            await connection.commit()
    await engine.dispose()


async def migrate_chassis(connection: AsyncConnection) -> None:
    """Apply the chassis' own migrations that this database has not had, each in a transaction."""
    await connection.run_sync(lambda plain: chassis_version.create(plain, checkfirst=True))
    await connection.commit()
    for file in chassis_migrations():
        if file.stem not in await applied(connection):
            if not await had_before(connection, file.stem):
                await run_script(connection, file.read_text())
            await connection.execute(insert(chassis_version).values(migration=file.stem))
        await connection.commit()


def chassis_migrations() -> list[Path]:
    return sorted(CHASSIS.glob("[0-9]*.sql"))


async def applied(connection: AsyncConnection) -> set[str]:
    """The chassis' migrations that this database has had; none where nobody has recorded any."""
    if not await exists(connection, chassis_version.name):
        return set()
    return {*await connection.scalars(select(chassis_version.c.migration))}


async def had_before(connection: AsyncConnection, migration: str) -> bool:
    """A database made before the chassis had migrations of its own has that one already."""
    return migration in BEFORE_THE_RECORD and await exists(connection, BEFORE_THE_RECORD[migration])


async def exists(connection: AsyncConnection, table: str) -> bool:
    return bool(await connection.scalar(select(func.to_regclass(table).is_not(None))))


async def check_head(database: Database, folder: Path, tables: MetaData) -> None:
    """Raises AnotherHead."""
    wanted = ScriptDirectory.from_config(config(folder, tables)).get_current_head()
    async with database.engine.connect() as connection:
        found = await connection.run_sync(lambda plain: MigrationContext.configure(plain).get_current_revision())
        missing = {file.stem for file in chassis_migrations()} - await applied(connection)
    if found != wanted:
        raise AnotherHead(f"la base est à la version {found}, le programme attend {wanted} : lancez «migrate»")
    if missing:
        raise AnotherHead(f"il manque à la base {', '.join(sorted(missing))} : lancez «migrate»")


def migrate_now(url: str, folder: Path, tables: MetaData, to: str = "head", *, role: str = "") -> None:
    asyncio.run(migrate(url, folder, tables, to, role=role))
