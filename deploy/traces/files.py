"""Files of the servers and of the services, and how a database's are written anew (docs/operate/erasure.md)."""

import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import asyncpg

from deploy.local.postgres import Postgres

DATABASES = "SELECT datname FROM pg_database WHERE NOT datistemplate"
SWITCHES = 3  # segments of the log that end, so that those before are no longer needed


def of_postgres(postgres: Postgres) -> Iterator[Path]:
    """Tables, indexes, the write-ahead log, and what the server itself wrote down."""
    data = postgres.folder / "data"
    return chain((data / "base").rglob("*"), (data / "pg_wal").glob("*"), postgres.folder.glob("*.log"))


def printed(folder: Path) -> Iterator[Path]:
    """Papers that somebody left lying about."""
    return chain(folder.rglob("*.pdf"), Path(tempfile.gettempdir()).glob("*.pdf"))


async def written_anew(dsn: str) -> None:
    """Each table of each database; then the write-ahead log goes on in new segments, and the old ones go."""
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute("ALTER SYSTEM SET wal_recycle = off")
        await admin.execute("SELECT pg_reload_conf()")
        for (name,) in await admin.fetch(DATABASES):
            await _tables_anew(f"{dsn.rpartition('/')[0]}/{name}")
        for _ in range(SWITCHES):
            await admin.execute("SELECT pg_switch_wal()")
            await admin.execute("CHECKPOINT")
    finally:
        await admin.close()


async def _tables_anew(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("ANALYZE")  # what the planner has noted of values is in a table too
        await connection.execute("VACUUM FULL")
    finally:
        await connection.close()
