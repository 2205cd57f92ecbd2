"""Logs name the service and hold no personal data."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import telemetry
from chassis.db import Database, Transaction
from chassis.telemetry import OncePerSecond

NAME, PHONE = "Jeanne Duboeuf", "+33639981234"


@contextmanager
def as_booking() -> Iterator[None]:
    """With the settings of a service in force."""
    telemetry.configure("booking", "INFO")
    try:
        yield
    finally:
        telemetry.configure("tests", "ERROR")


async def refused(database: Database) -> DBAPIError:
    """What PostgreSQL says of a second row with one key: its DETAIL quotes it."""

    async def twice(tx: Transaction) -> None:
        await tx.execute(text("CREATE TABLE people (phone text PRIMARY KEY, name text)"))
        for _ in range(2):
            await tx.execute(text("INSERT INTO people VALUES (:phone, :name)"), {"phone": PHONE, "name": NAME})

    with pytest.raises(DBAPIError) as caught:
        await database.transact(twice)
    return caught.value


async def test_an_unexpected_error_of_the_database_is_logged_without_its_values(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    error = await refused(database)
    with as_booking():
        structlog.get_logger("web").error("unexpected", exc_info=error)
        logging.getLogger("uvicorn.error").error("failed", exc_info=error)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["service"] for line in lines] == ["booking", "booking"]
    for line in lines:
        assert "UniqueViolationError" in line["exception"]
        assert PHONE not in str(line)
        assert NAME not in str(line)


def test_one_warning_repeated_is_remembered_once() -> None:
    filter_ = OncePerSecond()
    for number in range(100):
        record = logging.LogRecord("relay", logging.WARNING, "", 0, {"event": "blocked", "at": number}, (), None)
        filter_.filter(record)
    assert len(filter_.last) == 1
