"""The chassis' own tables have migrations of their own, applied once whichever database is met."""

import asyncio
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import pytest
from sqlalchemy import MetaData

from chassis import db, heads, migration
from chassis.clock import Clock
from chassis.heads import AnotherHead, suited
from deploy.local.servers import ROOT
from tests.waiting import until

FOLDER = ROOT / "services" / "booking" / "migrations"
ALL = [file.stem for file in heads.chassis_migrations()]
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


@pytest.mark.parametrize("steps", [1, 2])
async def test_core_25_a_database_that_had_its_tables_from_a_service_is_recognised(
    database_url: str, steps: int
) -> None:
    """As they were made before the record existed: the first step alone, or both."""
    older = await asyncpg.connect(db.dsn(database_url))
    for file in heads.chassis_migrations()[:steps]:
        await older.execute(file.read_text())
    await older.execute("INSERT INTO inbox VALUES (gen_random_uuid(), 'booking.events')")
    await older.close()
    await migration.migrate(database_url, FOLDER, MetaData())
    assert await recorded(database_url) == ALL
    assert await sql(database_url, "SELECT count(*) FROM inbox") == [1]
    assert await sql(database_url, "SELECT count(*) FROM erased") == [0]


async def test_core_25_what_is_added_is_applied_once_by_two_instances_that_start_together(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migration.migrate(database_url, FOLDER, MetaData())
    for file in heads.chassis_migrations():
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "9999_one_more.sql").write_text(ONE_MORE)
    monkeypatch.setattr(heads, "CHASSIS", tmp_path)
    await asyncio.gather(*(migration.migrate(database_url, FOLDER, MetaData()) for _ in range(2)))
    assert await recorded(database_url) == [*ALL, "9999_one_more"]
    assert await sql(database_url, "SELECT id FROM one_more") == [1]


async def check(url: str, folder: Path = FOLDER) -> None:
    database = db.Database(url, clock=Clock())
    try:
        await migration.check_head(database, folder, MetaData())
    finally:
        await database.close()


class Newer(NamedTuple):
    chassis: Path
    service: Path
    monkeypatch: pytest.MonkeyPatch

    def adds(self, what: str, script: str) -> None:
        (self.chassis / f"9999_{what}.sql").write_text(script)

    def adds_to_the_service(self, statements: str, oldest: str = "") -> None:
        current = migration.scripts(FOLDER).get_current_head()
        declared = f'oldest = "{oldest}"' if oldest else ""
        script = f'from alembic import op\nrevision = "9999"\ndown_revision = "{current}"\n{declared}\n'
        (self.service / "versions" / "9999_more.py").write_text(f"{script}\ndef upgrade():\n{statements}\n")

    async def migrates(self, url: str) -> None:
        with self.monkeypatch.context() as patched:
            patched.setattr(heads, "CHASSIS", self.chassis)
            await migration.migrate(url, self.service, MetaData())
            await check(url, self.service)


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newer:
    """Today's migrations, and whatever a newer version adds; `migration` believes to be that version or today's."""
    program = Newer(tmp_path / "chassis", tmp_path / "booking", monkeypatch)
    shutil.copytree(heads.CHASSIS, program.chassis)
    shutil.copytree(FOLDER, program.service)
    return program


async def test_core_25_a_program_does_not_work_without_a_table_of_its_chassis(database_url: str, newer: Newer) -> None:
    await migration.migrate(database_url, FOLDER, MetaData())
    newer.adds("one_more", ONE_MORE)
    newer.monkeypatch.setattr(heads, "CHASSIS", newer.chassis)
    with pytest.raises(AnotherHead, match=r"9999_one_more ; la base convient à .* lancez «migrate»"):
        await check(database_url)


async def test_core_25_the_last_version_works_on_a_database_that_a_newer_one_has_migrated(
    database_url: str, newer: Newer
) -> None:
    """Also when it is started again, and told to migrate as before each start."""
    newer.adds("one_more", ONE_MORE)
    newer.adds_to_the_service('    op.execute("ALTER TABLE files ADD COLUMN note TEXT")')
    await newer.migrates(database_url)
    await check(database_url)
    await migration.migrate(database_url, FOLDER, MetaData())
    assert await sql(database_url, "SELECT version_num FROM alembic_version") == ["9999"]
    assert await sql(database_url, "SELECT count(*) FROM files WHERE note IS NULL") == [0]


@pytest.mark.parametrize("where", ["service", "chassis"])
async def test_core_25_a_version_that_needs_what_was_taken_away_refuses_with_a_sentence(
    database_url: str, newer: Newer, where: str
) -> None:
    if where == "service":
        newer.adds_to_the_service('    op.execute("ALTER TABLE files DROP COLUMN accepted_at CASCADE")', oldest="9999")
    else:
        newer.adds("less", "-- oldest: 9999_less\nALTER TABLE parked DROP COLUMN error;\n")
    await newer.migrates(database_url)
    for asked in (check(database_url), migration.migrate(database_url, FOLDER, MetaData())):
        with pytest.raises(AnotherHead, match="installez un programme plus récent"):
            await asked


def test_core_25_programs_are_suited_down_to_the_oldest_that_a_migration_names() -> None:
    assert suited([("5", ""), ("4", "2"), ("3", ""), ("2", ""), ("1", "")]) == ["5", "4", "3", "2"]
    assert suited([("5", "4"), ("4", "1"), ("3", "")]) == ["5", "4"]
    assert suited([("5", "5"), ("4", "")]) == ["5"]
    assert suited([("2", ""), ("1", "")]) == ["2", "1"]


async def test_core_25_who_needs_a_table_waits_for_no_migration_that_waits_for_it(
    database_url: str, newer: Newer
) -> None:
    """A report reads a table for long; the migration wants it; a request behind it must not wait for both."""
    await migration.migrate(database_url, FOLDER, MetaData())
    newer.monkeypatch.setattr(migration, "LOCK_WAIT", "200ms")
    newer.monkeypatch.setattr(migration, "PAUSE", 0.05)
    newer.adds("more", "ALTER TABLE outbox ADD COLUMN more TEXT;\n")
    report, request = [await asyncpg.connect(db.dsn(database_url)) for _ in range(2)]
    await report.execute("BEGIN; LOCK TABLE outbox IN ACCESS SHARE MODE")
    migrating = asyncio.create_task(newer.migrates(database_url))
    await until(lambda: waits_for_a_lock(request), "the migration wants the table")
    await request.execute("SET lock_timeout = '20s'; SELECT count(*) FROM outbox")
    assert not migrating.done()
    await report.execute("ROLLBACK")
    await migrating
    await asyncio.gather(report.close(), request.close())
    assert await sql(database_url, "SELECT count(more) FROM outbox") == [0]


async def test_core_25_without_the_limit_everybody_waits_behind_the_migration(database_url: str, newer: Newer) -> None:
    await migration.migrate(database_url, FOLDER, MetaData())
    newer.monkeypatch.setattr(migration, "LOCK_WAIT", "0")
    newer.adds("more", "ALTER TABLE outbox ADD COLUMN more TEXT;\n")
    report, request = [await asyncpg.connect(db.dsn(database_url)) for _ in range(2)]
    await report.execute("BEGIN; LOCK TABLE outbox IN ACCESS SHARE MODE")
    migrating = asyncio.create_task(newer.migrates(database_url))
    await until(lambda: waits_for_a_lock(request), "the migration wants the table")
    with pytest.raises(asyncpg.LockNotAvailableError):
        await request.execute("SET lock_timeout = '500ms'; SELECT count(*) FROM outbox")
    await report.execute("ROLLBACK")
    await migrating
    await asyncio.gather(report.close(), request.close())


async def waits_for_a_lock(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def test_core_25_a_table_that_stays_locked_is_given_up_after_some_tries(database_url: str, newer: Newer) -> None:
    await migration.migrate(database_url, FOLDER, MetaData())
    for name, value in {"LOCK_WAIT": "20ms", "PAUSE": 0.01, "TRIES": 3}.items():
        newer.monkeypatch.setattr(migration, name, value)
    newer.adds("more", "ALTER TABLE outbox ADD COLUMN more TEXT;\n")
    report = await asyncpg.connect(db.dsn(database_url))
    await report.execute("BEGIN; LOCK TABLE outbox IN ACCESS SHARE MODE")
    with pytest.raises(asyncpg.LockNotAvailableError):
        await newer.migrates(database_url)
    await report.close()


async def test_core_25_an_index_is_made_while_others_write(database_url: str, newer: Newer) -> None:
    """Of the chassis in a file that says so, of a service in alembic's block; each waits for the writer, who ends."""
    await migration.migrate(database_url, FOLDER, MetaData())
    newer.monkeypatch.setattr(migration, "LOCK_WAIT", "50ms")
    index = "CREATE INDEX CONCURRENTLY {name} ON {table}"
    newer.adds(
        "index", f"-- concurrently\nDROP INDEX IF EXISTS more;\n{index.format(name='more', table='inbox (topic)')}"
    )
    block = f"""    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute("{index.format(name="others", table="files (accepted_at)")}")
        op.execute("RESET lock_timeout")"""
    newer.adds_to_the_service(block)
    writer = await asyncpg.connect(db.dsn(database_url))
    await writer.execute("BEGIN; INSERT INTO inbox VALUES (gen_random_uuid(), 't')")
    migrating = asyncio.create_task(newer.migrates(database_url))
    await until(lambda: waits_for_a_lock(writer), "the index waits for the writer")
    await writer.execute("INSERT INTO inbox VALUES (gen_random_uuid(), 't'); COMMIT")
    await migrating
    await writer.close()
    made = (
        "SELECT relname FROM pg_index, pg_class WHERE oid = indexrelid AND indisvalid AND relname IN ('more', 'others')"
    )
    assert {*await sql(database_url, made)} == {"more", "others"}
