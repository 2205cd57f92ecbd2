"""SQL of several statements at once, which SQLAlchemy cannot run."""

from sqlalchemy.ext.asyncio import AsyncConnection


async def run_script(connection: AsyncConnection, script: str) -> None:
    """Run it in the transaction that is open; one is opened when none is."""
    await connection.exec_driver_sql("SELECT 1")
    raw = await connection.get_raw_connection()
    assert raw.driver_connection is not None  # noqa: S101 - for mypy: it is asyncpg's
    await raw.driver_connection.execute(script)
