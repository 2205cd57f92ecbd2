"""The rows of a database as they were: whether a request changed any, and how to have them back."""

from collections.abc import Collection, Mapping
from typing import Self

import asyncpg

COLUMNS = """
SELECT relname, string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
GROUP BY relname ORDER BY relname
"""
LAST_WRITE = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
DIGEST = "SELECT '{0}', md5(coalesce(string_agg(one::text, chr(10) ORDER BY one::text), '')) FROM public.\"{0}\" AS one"
BACK = 'DELETE FROM public."{0}"; INSERT INTO public."{0}" ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM before."{0}"'


class Rows:
    """`columns` by table. Past triggers and foreign keys: what only ever grows is put back too."""

    def __init__(self, connection: asyncpg.Connection, columns: Mapping[str, str]) -> None:
        self.connection, self.columns = connection, columns
        self.digest = " UNION ALL ".join(DIGEST.format(table) for table in columns)
        self.last_write, self.digests = "", dict[str, str]()

    @classmethod
    async def remembered(cls, dsn: str) -> Self:
        """As they are now. `dsn` is a superuser's."""
        connection = await asyncpg.connect(dsn)
        await connection.execute("SET session_replication_role = replica; CREATE SCHEMA before")
        rows = cls(connection, dict(await connection.fetch(COLUMNS)))
        for table in rows.columns:
            await connection.execute(f'CREATE TABLE before."{table}" AS TABLE public."{table}"')
        rows.digests = await rows._look()
        return rows

    async def changed(self) -> Collection[str]:
        """The tables that differ from what they were. Without any write since, nobody needs to look."""
        if await self.connection.fetchval(LAST_WRITE) == self.last_write:
            return ()
        now = await self._look()
        return [table for table, digest in now.items() if digest != self.digests[table]]

    async def put_back(self, tables: Collection[str]) -> None:
        async with self.connection.transaction():
            for table in tables:
                await self.connection.execute(BACK.format(table, self.columns[table]))
        self.last_write = await self.connection.fetchval(LAST_WRITE)

    async def _look(self) -> dict[str, str]:
        self.last_write = await self.connection.fetchval(LAST_WRITE)
        return dict(await self.connection.fetch(self.digest))

    async def close(self) -> None:
        """Nothing of it stays in the database."""
        await self.connection.execute("DROP SCHEMA before CASCADE")
        await self.connection.close()
