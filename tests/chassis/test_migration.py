"""The chassis' own tables have migrations of their own, applied once whichever database is met."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import MetaData

from chassis import db, migration
from chassis.clock import Clock
from deploy.local.servers import ROOT

FOLDER = ROOT / "services" / "booking" / "migrations"
ALL = [file.stem for file in migration.chassis_migrations()]
ONE_MORE = "CREATE TABLE one_more (id BIGINT PRIMARY KEY); INSERT INTO one_more VALUES (1); SELECT 'a:b;\n%s'"


async def sql(url: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(db.dsn(url))
    try:
        return [row[0] for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def recorded(url: str) -> list[Any]:
    return await sql(url, "SELECT migration FROM chassis_version ORDER BY migration")


async def test_core_25_a_new_database_gets_the_chassis_tables_and_a_record_of_each_migration(database_url: str) -> None:
    await migration.migrate(database_url, FOLDER, MetaData())
    assert await recorded(database_url) == ALL
    assert await sql(database_url, "SELECT to_regclass('erased') IS NOT NULL") == [True]


@pytest.mark.parametrize("older", ["SELECT 1", "DROP TABLE erased; DROP TABLE erasure_key"])
async def test_core_25_a_database_that_had_its_tables_from_a_service_is_recognised(
    database_url: str, older: str
) -> None:
    """As they were made before the record existed: with both steps, or with the first alone."""
    await migration.migrate(database_url, FOLDER, MetaData())
    for statement in ("DROP TABLE chassis_version", *older.split("; ")):
        await sql(database_url, statement)
    await sql(database_url, "INSERT INTO inbox VALUES (gen_random_uuid(), 'booking.events')")
    await migration.migrate(database_url, FOLDER, MetaData())
    assert await recorded(database_url) == ALL
    assert await sql(database_url, "SELECT count(*) FROM inbox") == [1]


async def test_core_25_what_is_added_is_applied_once_by_two_instances_that_start_together(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migration.migrate(database_url, FOLDER, MetaData())
    for file in migration.chassis_migrations():
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "9999_one_more.sql").write_text(ONE_MORE)
    monkeypatch.setattr(migration, "CHASSIS", tmp_path)
    await asyncio.gather(*(migration.migrate(database_url, FOLDER, MetaData()) for _ in range(2)))
    assert await recorded(database_url) == [*ALL, "9999_one_more"]
    assert await sql(database_url, "SELECT id FROM one_more") == [1]


async def test_core_25_a_program_does_not_work_without_a_table_of_its_chassis(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migration.migrate(database_url, FOLDER, MetaData())
    (tmp_path / "9999_one_more.sql").write_text(ONE_MORE)
    monkeypatch.setattr(migration, "CHASSIS", tmp_path)
    database = db.Database(database_url, clock=Clock())
    with pytest.raises(migration.AnotherHead, match="9999_one_more"):
        await migration.check_head(database, FOLDER, MetaData())
    await database.close()
