"""What the role that serves may do in a database whose tables belong to another role, the owner that migrates.

It reads and writes rows and changes no table. What it may not do to the rows either is written beside the migrations,
in `grants.sql`, for the role `running_role`: to what is a trace it adds, and changes or deletes only what a rule asks.
"""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.scripts import run_script

FIRST = """
GRANT CONNECT ON DATABASE {database} TO {role};
GRANT USAGE ON SCHEMA public TO {role};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
REVOKE INSERT, UPDATE, DELETE ON alembic_version, chassis_version, served_heads FROM {role};
"""
QUOTED = text("SELECT quote_ident(current_database()), quote_ident(rolname) FROM pg_roles WHERE rolname = :role")
GRANTS = "grants.sql"


class NoSuchRole(ValueError):
    """The role that is to serve has not been made."""

    def __init__(self, role: str) -> None:
        super().__init__(f"le rôle «{role}», qui doit servir, n'existe pas : créez-le, puis relancez «migrate»")


async def grant(connection: AsyncConnection, role: str, *folders: Path) -> None:
    """Give the role what it may do, no more and no less, in the transaction that is open. Raises NoSuchRole."""
    quoted = (await connection.execute(QUOTED, {"role": role})).one_or_none()
    if quoted is None:
        raise NoSuchRole(role)
    written = [(folder / GRANTS).read_text() for folder in folders]
    database, name = quoted
    await run_script(connection, FIRST.format(database=database, role=name))
    await run_script(connection, "".join(written).replace("running_role", name))
