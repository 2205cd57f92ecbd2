"""A service's jobs, done now, and rows that fail whatever is done to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site

POISON = """
    CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'poisoned'; END $$
"""


async def do(site: Site, name: str) -> None:
    """Raises ExceptionGroup with what failed."""
    (job,) = (job for job in site.runtime.declared.jobs if job.name == name)
    await job.work(site.runtime.work)


@asynccontextmanager
async def poisoned(database: Database, table: str, key: str = "id", of: str = "true") -> AsyncIterator[None]:
    """Nothing can be done to the rows that have the first key among those `of` a condition, until this is closed."""
    async with database.reading() as reading:
        query = f"SELECT {key} FROM {table} WHERE {of} ORDER BY {key} LIMIT 1"  # noqa: S608 - our own names
        first = (await reading.execute(text(query))).scalar_one()
    trigger = f"CREATE TRIGGER poison BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW WHEN (OLD.{key} = '{first}')"
    await change(database, POISON, f"{trigger} EXECUTE FUNCTION poison()")
    yield
    await change(database, f"DROP TRIGGER poison ON {table}")


async def change(database: Database, *statements: str) -> None:
    async with database.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def count(database: Database, query: str) -> int:
    async with database.reading() as reading:
        return int((await reading.execute(text(query))).scalar_one())
