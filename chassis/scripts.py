"""SQL of several statements at once, which SQLAlchemy cannot run."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection


async def run_script(connection: AsyncConnection, script: str) -> None:
    """Run it in the transaction that is open; one is opened when none is."""
    await connection.exec_driver_sql("SELECT 1")
    await (await _driver(connection)).execute(script)


async def run_outside(connection: AsyncConnection, script: str) -> None:
    """Run each statement by itself, in no transaction, and wait for locks as long as it takes. None may be open."""
    driver = await _driver(connection)
    statements = [statement for statement in script.split(";\n") if statement.strip()]
    for statement in ("SET lock_timeout = 0", *statements, "RESET lock_timeout"):
        await driver.execute(statement)


async def _driver(connection: AsyncConnection) -> Any:  # noqa: ANN401 - asyncpg's, which has no types
    return (await connection.get_raw_connection()).driver_connection
