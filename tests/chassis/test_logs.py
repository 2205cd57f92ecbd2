"""Logs name the service and hold no personal data."""

import asyncio
import gc
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from aiokafka.errors import KafkaError
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import telemetry
from chassis.db import Database, Transaction
from chassis.telemetry import OncePerSecond
from county import phones
from deploy.local.servers import ROOT
from tests.logs import logging_as

NAME, PHONE = "Jeanne Duboeuf", "+33639981234"


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
    with logging_as("booking"):
        structlog.get_logger("web").error("unexpected", exc_info=error)
        logging.getLogger("uvicorn.error").error("failed", exc_info=error)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["service"] for line in lines] == ["booking", "booking"]
    for line in lines:
        assert "UniqueViolationError" in line["exception"]
        assert PHONE not in str(line)
        assert NAME not in str(line)


class Told(BaseModel):
    phone: int


def quoting() -> Iterator[Exception]:
    """What Python and libraries write about a value that they do not like."""
    for fails in (
        lambda: int(PHONE + "x"),
        lambda: f"{NAME}é@exemple.fr".encode("ascii"),
        lambda: {PHONE: 0}[NAME],
        lambda: Told.model_validate({"phone": f"{NAME} {PHONE}"}),
        lambda: phones.read(f"{PHONE} {NAME}"),
    ):
        try:
            fails()
        except Exception as error:  # noqa: BLE001 - whatever they raise
            yield error
            yield RuntimeError(f"about {NAME}").with_traceback(error.__traceback__)


def test_rule_26_no_exception_that_quotes_a_value_is_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as("booking"):
        for number, error in enumerate(quoting()):  # one warning repeated within a second is written once
            whole = RuntimeError(NAME)
            whole.__cause__ = error
            structlog.get_logger("web").error(f"unexpected {number}", exc_info=whole)
            logging.getLogger("faststream").error("failed %s", number, exc_info=whole)
            structlog.get_logger("intake").warning(f"batch failed {number}", error=telemetry.described(error))
    written = capsys.readouterr().out
    assert written.count("ValidationError") >= 2
    assert written.count("test_logs.py") >= 10, "where it failed is still there"
    assert not [line for line in written.splitlines() if NAME in line or PHONE in line]


def test_each_error_of_a_group_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_as("booking"):
        group = ExceptionGroup("work", [ConnectionResetError("by peer"), ExceptionGroup("jobs", [ValueError(NAME)])])
        structlog.get_logger("runtime").critical("work ended", exc_info=group)
    written = capsys.readouterr().out
    assert "ConnectionResetError" in written
    assert "ValueError" in written
    assert NAME not in written


async def test_rule_26_a_forgotten_task_says_nothing_of_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    async def forgotten() -> None:
        raise ValueError(NAME)

    with logging_as("booking"):
        task = asyncio.ensure_future(forgotten())
        await asyncio.wait([task])
        del task
        gc.collect()
    written = capsys.readouterr().out
    assert "never retrieved" in written
    assert NAME not in written


def test_kafka_and_the_operating_system_may_speak() -> None:
    assert telemetry.described(KafkaError("no broker")) == "KafkaError : KafkaError: no broker"
    assert telemetry.described(ConnectionRefusedError(111, "refused")) == "ConnectionRefusedError : [Errno 111] refused"


def test_rule_26_no_line_of_ours_logs_an_exception_as_it_is() -> None:
    lines = [line for folder in ("chassis", "services") for path in (ROOT / folder).rglob("*.py")
             for line in path.read_text(encoding="utf-8").splitlines()]  # fmt: skip
    assert not [line for line in lines if "log." in line and ("repr(error)" in line or "str(error)" in line)]


def test_one_warning_repeated_is_remembered_once() -> None:
    filter_ = OncePerSecond()
    for number in range(100):
        record = logging.LogRecord("relay", logging.WARNING, "", 0, {"event": "blocked", "at": number}, (), None)
        filter_.filter(record)
    assert len(filter_.last) == 1
