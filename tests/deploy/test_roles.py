"""The role that serves has no power over tables, and over traces no more than the rules ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import MetaData

from chassis import migration
from chassis.archive import SLOTS
from chassis.db import dsn
from chassis.roles import NoSuchRole
from deploy.local.servers import ROOT, Servers
from tests.sites import SERVICES

TRACES = {
    "alembic_version": "",
    "chassis_version": "",
    "served_heads": "",
    "inbox": "INSERT",
    "published": "DELETE INSERT",
    **{f"published_{slot}": "TRUNCATE" for slot in range(SLOTS)},
    "erased": "INSERT",
    "database_identity": "",
    "erasure_key": "INSERT",
    "journal": "INSERT",
    "booking.ledger": "INSERT UPDATE(beneficiary_id) UPDATE(booking_id)",
    "booking.file_moves": "DELETE INSERT UPDATE(beneficiary_id)",
    "prescription.readings": "DELETE INSERT UPDATE(beneficiary_id)",
    "prescription.past_readings": "DELETE INSERT",
    "prescription.erasure_requests": "DELETE INSERT UPDATE(beneficiary_id) UPDATE(executed_at) UPDATE(id_digests) "
    "UPDATE(name_digest) UPDATE(withdrawn_at) UPDATE(withdrawn_by)",
    "prescription.changes": "DELETE INSERT UPDATE(confirmed_at) UPDATE(done)",
    "prescription.merges": "DELETE INSERT UPDATE(kept_id)",
    "prescription.erasures": "INSERT UPDATE(beneficiary_id) UPDATE(booking_at) UPDATE(catalogue_at) "
    "UPDATE(closed_at) UPDATE(notifications_at) UPDATE(prescription_at)",
    "prescription.past_figures": "INSERT",
    "catalogue.training_versions": "INSERT",
    "catalogue.session_changes": "INSERT",
    "notifications.readings": "DELETE INSERT UPDATE(beneficiary_id) UPDATE(digest) UPDATE(opening) UPDATE(why)",
    "notifications.receipts": "DELETE INSERT",
    "notifications.troubles": "DELETE INSERT",
    "notifications.call_tries": "DELETE INSERT",
    "notifications.merged": "DELETE INSERT UPDATE(kept_id)",
}
"""What may be done to a table, besides reading it, where that is not everything."""

MAY = """
SELECT relname,
    (SELECT string_agg(may, ' ' ORDER BY may) FROM (
        SELECT unnest(string_to_array('INSERT UPDATE DELETE TRUNCATE', ' ')) AS may
    ) AS whole WHERE has_table_privilege(pg_class.oid, may)) AS table_wide,
    (SELECT string_agg(format('UPDATE(%s)', attname), ' ' ORDER BY attname) FROM pg_attribute
     WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
        AND has_column_privilege(pg_class.oid, attnum, 'UPDATE') AND NOT has_table_privilege(pg_class.oid, 'UPDATE')
    ) AS columns
FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
ALL = "DELETE INSERT UPDATE"
OF_TABLES = (
    "CREATE TABLE mine (id BIGINT)",
    "CREATE SCHEMA mine",
    "DROP TABLE outbox",
    "ALTER TABLE inbox ADD COLUMN more TEXT",
    "CREATE INDEX mine ON outbox (topic)",
    "TRUNCATE outbox",
    "DELETE FROM inbox",
    "UPDATE alembic_version SET version_num = '0001'",
    "DROP INDEX ix_idempotency_at",
)
OF_THE_LEDGER = ("DELETE FROM ledger", "DROP TABLE ledger", "TRUNCATE ledger", "UPDATE ledger SET reason = ''")


@asynccontextmanager
async def serving(servers: Servers, service: str) -> AsyncIterator[asyncpg.Connection]:
    """Signed in as the role that serves, in a new database of that service."""
    name = f"t_{uuid4().hex[:12]}"
    role = f"{name}_serves"
    owner = await servers.postgres.create_database(name)
    await servers.postgres.create_role(role)
    for _ in range(2):  # as before each new version
        await migration.migrate(owner, ROOT / "services" / service / "migrations", MetaData(), role=role)
    connection = await asyncpg.connect(dsn(servers.postgres.url(name, role)))
    try:
        yield connection
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_core_26_what_is_not_everything_is_written_down_and_nothing_else(servers: Servers, service: str) -> None:
    async with serving(servers, service) as connection:
        rows = await connection.fetch(MAY)
    found = {row["relname"]: " ".join(filter(None, [row["table_wide"], row["columns"]])) for row in rows}
    known = {
        table.rpartition(".")[2]: may for table, may in TRACES.items() if table.partition(".")[0] in {table, service}
    }
    assert {table: may for table, may in found.items() if may != ALL} == known
    assert len(found) > len(known)


@pytest.mark.parametrize("service", SERVICES)
async def test_core_26_the_role_that_serves_changes_no_table(servers: Servers, service: str) -> None:
    async with serving(servers, service) as connection:
        for statement in (*OF_TABLES, *OF_THE_LEDGER) if service == "booking" else OF_TABLES:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_core_26_who_fills_the_catalogue_may_have_it_analysed_and_nothing_else(servers: Servers) -> None:
    maintained = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND has_table_privilege(oid, 'MAINTAIN')"
    async with serving(servers, "catalogue") as connection:
        found = {row["relname"] for row in await connection.fetch(maintained)}
    assert found == {"spaces", "trainings", "training_terms"}


LINE = """
    INSERT INTO journal (at, act, reading, agent, agent_name, role, subject, subject_id, person_id, facts)
    VALUES (now() - $1::interval, 'read', true, 'nadia', 'Démo Nadia', 'prescriber', '', '', $2, '{"why": "vue"}')
"""
OF_THE_JOURNAL = (
    "DELETE FROM journal",
    "UPDATE journal SET agent = 'karim'",
    "UPDATE journal SET person_id = NULL",
    "UPDATE journal SET at = now() - interval '10 years'",
    "TRUNCATE journal",
    "INSERT INTO journal (act) VALUES ('') ON CONFLICT (id) DO UPDATE SET act = ''",
    "CREATE OR REPLACE FUNCTION journal_forget(person UUID) RETURNS void LANGUAGE sql AS 'DELETE FROM journal'",
)


@pytest.mark.parametrize("service", SERVICES)
async def test_walls_10_the_role_that_serves_takes_no_line_of_the_journal_back(servers: Servers, service: str) -> None:
    """Not by a moment of its own either: what is younger than a year stays, whatever it asks."""
    person, others = uuid4(), uuid4()
    async with serving(servers, service) as connection:
        for days in (0, 300, 500, 1200):
            await connection.execute(LINE, timedelta(days=days), person)
        for statement in OF_THE_JOURNAL:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        await connection.execute("SELECT journal_merge($1, $2), journal_end('infinity', 'infinity')", person, others)
        assert await connection.fetch("SELECT DISTINCT person_id FROM journal") == [(others,)]
        await connection.execute("SELECT journal_forget($1)", others)
        rows = await connection.fetch("SELECT agent, person_id, facts FROM journal")
    assert [tuple(row) for row in rows] == [("nadia", None, "{}")] * 2


async def test_core_26_a_merge_and_retention_change_whose_a_line_of_the_ledger_is(servers: Servers) -> None:
    async with serving(servers, "booking") as connection:
        await connection.execute("UPDATE ledger SET beneficiary_id = gen_random_uuid(), booking_id = NULL")


async def test_core_26_a_role_that_is_not_there_is_asked_for(database_url: str) -> None:
    folder = ROOT / "services" / "booking" / "migrations"
    with pytest.raises(NoSuchRole, match="«nobody_serves», qui doit servir, n'existe pas"):
        await migration.migrate(database_url, folder, MetaData(), role="nobody_serves")
