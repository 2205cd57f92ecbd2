"""What the four databases hold, read in one read-only transaction each."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from deploy.audit.settings import Where

FOLDER = Path(__file__).with_name("sql")
LIMIT_MS = {"statement_timeout": "600000", "lock_timeout": "5000"}
READING = {"isolation": "repeatable_read", "readonly": True}
CONNECT_WITHIN = 10  # seconds
HOLDS_PEOPLE = """
    SELECT c.table_name, c.column_name, c.udt_name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
        AND (c.udt_name IN ('uuid', '_uuid') OR (c.table_name, c.column_name) IN (('outbox', 'key'), ('parked', 'key')))
    ORDER BY c.table_name, c.ordinal_position
"""
NAMED: Mapping[str, str] = {
    "uuid": 'SELECT "{column}" AS id, count(*) FROM "{table}" WHERE "{column}" = ANY($1::uuid[]) GROUP BY 1',
    "_uuid": """SELECT named.person AS id, count(*) FROM "{table}", unnest("{column}") AS named (person)
        WHERE named.person = ANY($1::uuid[]) GROUP BY 1""",
    "text": """SELECT "{column}"::uuid AS id, count(*) FROM "{table}"
        WHERE "{column}" = ANY($1::uuid[]::text[]) GROUP BY 1""",
    "bytea": """SELECT convert_from("{column}", 'UTF8')::uuid AS id, count(*) FROM "{table}"
        WHERE "{column}" IN (SELECT convert_to(id::text, 'UTF8') FROM unnest($1::uuid[]) AS id) GROUP BY 1""",
}
DIGESTS = """
    SELECT person FROM unnest($1::uuid[]) AS person, erasure_key
    WHERE EXISTS (SELECT FROM erased WHERE digest = sha256(erasure_key.key || uuid_send(person)))
"""

Rows = Sequence[asyncpg.Record]


@dataclass(frozen=True)
class Traces:
    """Of the erased: `digests` who is on the list, `rows` «table.column» and id of each row that still names one."""

    digests: frozenset[UUID]
    rows: Sequence[tuple[str, UUID]]


@dataclass(frozen=True)
class Database:
    """One service's. `tables` maps each question of `sql/<service>.sql` to its answer."""

    connection: asyncpg.Connection
    tables: Mapping[str, Rows]

    @classmethod
    async def read(cls, service: str, connection: asyncpg.Connection, since: datetime) -> "Database":
        """`since`: bookings and notices older than that are no longer compared, retention has begun on them."""
        asked = {**questions("every"), **questions(service)}
        tables = {}
        for name, query in asked.items():
            tables[name] = await connection.fetch(query, *([since] if "$1" in query else []))
        return cls(connection, tables)

    async def traces(self, people: Sequence[UUID]) -> Traces:
        """Looks at every column of ids, of whatever table there is."""
        rows: list[tuple[str, UUID]] = []
        for table, column, kind in await self.connection.fetch(HOLDS_PEOPLE):
            query = NAMED[kind].format(table=table, column=column)
            rows += [(f"{table}.{column}", id_) for id_, _ in await self.connection.fetch(query, people)]
        return Traces(frozenset(row[0] for row in await self.connection.fetch(DIGESTS, people)), rows)


def questions(service: str) -> dict[str, str]:
    """By name: what stands between two lines «-- name: …»."""
    parts = (FOLDER / f"{service}.sql").read_text().split("-- name: ")[1:]
    return {name.strip(): query for name, _, query in (part.partition("\n") for part in parts)}


@asynccontextmanager
async def connected(where: Where) -> AsyncIterator[dict[str, asyncpg.Connection]]:
    """To all four, in transactions that can change nothing."""
    connections: dict[str, asyncpg.Connection] = {}
    try:
        for service, url in where.databases.items():
            connections[service] = await asyncpg.connect(url, server_settings=LIMIT_MS, timeout=CONNECT_WITHIN)
            await connections[service].execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connections
    finally:
        for connection in connections.values():
            connection.terminate()
