"""Moves a service's database to its newest shape, one instance at a time, and refuses to work on another shape."""

import asyncio
from pathlib import Path
from typing import Literal

from alembic import command, context, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.db import Database, chassis_tables

EXTENSIONS = ("unaccent", "pg_trgm", "btree_gist")  # trusted: the owner of a database may create them
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('migrate'))")


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
    context.configure(connection=attributes["connection"], target_metadata=[chassis_tables, attributes["tables"]])
    with context.begin_transaction():
        context.run_migrations()


async def migrate(url: str, folder: Path, tables: MetaData, to: str = "head") -> None:
    """To the newest shape, in one transaction under a lock, so that two instances may start together."""

    def upgrade(connection: Connection) -> None:
        command.upgrade(config(folder, tables, connection), to)

    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(LOCK)
        for extension in EXTENSIONS:
            await connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
        await connection.run_sync(upgrade)
    await engine.dispose()


async def check_head(database: Database, folder: Path, tables: MetaData) -> None:
    """Raises AnotherHead."""
    wanted = ScriptDirectory.from_config(config(folder, tables)).get_current_head()
    async with database.engine.connect() as connection:
        found = await connection.run_sync(lambda plain: MigrationContext.configure(plain).get_current_revision())
    if found != wanted:
        raise AnotherHead(f"la base est à la version {found}, le programme attend {wanted} : lancez «migrate»")


def create_chassis_tables(which: Literal["first", "second"] = "first") -> None:
    """The chassis' own tables, step by step; called by a migration of each service."""
    for statement in Path(__file__).with_name(f"{which}_tables.sql").read_text().strip().split(";\n"):
        op.execute(statement)


def migrate_now(url: str, folder: Path, tables: MetaData, to: str = "head") -> None:
    asyncio.run(migrate(url, folder, tables, to))
