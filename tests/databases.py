"""Databases in the shape of a service, each lent to one test at a time and emptied between two tests.

Making one for every test was most of the suite's time (70 to 190 ms each); emptying one takes a few. A database whose
shape a test changed, or whose rows from the migrations it changed, is never lent again.
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg

from deploy.local.postgres import Postgres

T = TypeVar("T")

WATCH_SHAPE = """
CREATE SCHEMA lent;
CREATE TABLE lent.changes (command text);
CREATE FUNCTION lent.note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO lent.changes VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER lent ON ddl_command_end EXECUTE FUNCTION lent.note();
"""
TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
RESTART_SEQUENCES = "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"


@dataclass(frozen=True)
class Shape:
    """How a service's new database is: `rows` are those of the migrations, by table; `emptying` is SQL."""

    template: str
    rows: dict[str, list[asyncpg.Record]]
    emptying: str


class Databases:
    """`lend` and `take_back`; `recipes` make the template of each shape, given its URL."""

    def __init__(self, postgres: Postgres, recipes: dict[str, Callable[[str], None]]) -> None:
        self.postgres = postgres
        self.recipes = recipes
        self._shapes: dict[str, Shape] = {}
        self._free: defaultdict[str, list[str]] = defaultdict(list)
        self._emptying: defaultdict[str, list[Future[None]]] = defaultdict(list)
        self._connections: dict[str, asyncpg.Connection] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread once all is emptied; the databases go with their server."""
        for emptied in chain(*self._emptying.values()):
            emptied.exception()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for connection in self._connections.values():
            connection.terminate()
        self._loop.close()

    async def lend(self, shape: str) -> str:
        """An empty database, as its URL."""
        while self._emptying[shape] and not self._free[shape]:
            await asyncio.wrap_future(self._emptying[shape].pop())
        name = self._free[shape].pop() if self._free[shape] else await self._here(self._new(shape))
        return self.postgres.url(f"template_{shape}").removesuffix(f"template_{shape}") + name

    def take_back(self, shape: str, url: str) -> None:
        """Empty it while the next test begins."""
        self._emptying[shape].append(self._elsewhere(self._emptied(shape, url.rpartition("/")[2])))

    def _elsewhere(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _here(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(self._elsewhere(work))

    async def _new(self, shape: str) -> str:
        """A copy of the template, which is made at the first time."""
        if shape not in self._shapes:
            self._shapes[shape] = await self._made(shape)
        template, name = self._shapes[shape].template, f"t_{uuid4().hex[:12]}"
        admin = await asyncpg.connect(self.postgres.dsn)
        await admin.execute(f'CREATE DATABASE "{name}" OWNER "{template}" TEMPLATE "{template}"')
        await admin.close()
        return name

    async def _made(self, shape: str) -> Shape:
        name = f"template_{shape}"
        await asyncio.to_thread(self.recipes[shape], await self.postgres.create_database(name))
        connection = await self._connected(name)
        tables = [row[0] for row in await connection.fetch(TABLES)]
        rows = {table: await connection.fetch(f"SELECT * FROM {table}") for table in tables}  # noqa: S608 - our names
        await connection.execute(WATCH_SHAPE)
        await connection.close()
        return Shape(name, {table: found for table, found in rows.items() if found}, emptying(tables, rows))

    async def _emptied(self, shape: str, name: str) -> None:
        """Free again, when it is as it was; a server that was killed meanwhile has closed our connection."""
        try:
            connection = self._connections.get(name) or await self._connected(name)
            self._connections[name] = connection
            await connection.fetch(END_OTHERS)
            if await connection.fetchval("SELECT count(*) FROM lent.changes"):
                return
            await connection.execute(self._shapes[shape].emptying)
            for table, rows in self._shapes[shape].rows.items():
                if await connection.fetch(f"SELECT * FROM {table}") != rows:  # noqa: S608 - our names
                    return
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self._connections.pop(name, None)
            return
        self._free[shape].append(name)

    async def _connected(self, name: str) -> asyncpg.Connection:
        return await asyncpg.connect(self.postgres.dsn.removesuffix("postgres") + name)


def emptying(tables: Sequence[str], rows: dict[str, list[asyncpg.Record]]) -> str:
    """The statements that leave only the rows of the migrations, past triggers that forbid it."""
    deletes = [f"DELETE FROM {table}" for table in tables if not rows[table]]  # noqa: S608 - our names
    return ";\n".join(["SET session_replication_role = replica", *deletes, RESTART_SEQUENCES])
