"""Which statements are asked of a database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from chassis.db import Database


@contextmanager
def overheard(database: Database) -> Iterator[list[tuple[str, Sequence[Any]]]]:
    """What is asked of the database while this is open."""
    heard: list[tuple[str, Sequence[Any]]] = []

    def hear(_: Any, __: Any, statement: str, values: Sequence[Any], *___: Any) -> None:
        heard.append((statement, values))

    event.listen(database.engine.sync_engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", hear)
