"""Many rows by one statement, whose text is the same however many there are: prepared once, sent as arrays."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Interval,
    LargeBinary,
    Table,
    TableValuedAlias,
    Text,
    Update,
    Uuid,
    bindparam,
    cast,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

Row = Mapping[str, Any]

PUBLISHED = ("event_id", "topic", "key", "headers", "body")
PUBLISH = text("""
    INSERT INTO outbox (event_id, topic, key, headers, body)
    SELECT event_id, topic, key, CAST(headers AS jsonb) || jsonb_build_object('ce_time', (SELECT to_char(
        (clock_timestamp() + :ahead) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))), body
    FROM unnest(:event_id, :topic, :key, :headers, :body)
        WITH ORDINALITY AS given (event_id, topic, key, headers, body, place)
    ORDER BY place
""").bindparams(
    bindparam("ahead", type_=Interval),
    bindparam("event_id", type_=ARRAY(Uuid)),
    bindparam("body", type_=ARRAY(LargeBinary)),
    *[bindparam(name, type_=ARRAY(Text)) for name in ("topic", "key", "headers")],
)
"""They happened now: who waited longest for its locks happened last, whenever its transaction began. The database's
clock says so, for that is one for all instances."""


async def add(tx: AsyncSession, table: Table, rows: Sequence[Row], *, skip_known: bool = False) -> None:
    """Insert them in their order: a column that numbers them does so one by one. All rows have the same columns.

    `skip_known`: what is there already stays as it is.
    """
    if rows:
        adding = _adding(table, tuple(rows[0]))
        await tx.execute(adding.on_conflict_do_nothing() if skip_known else adding, _arrays(rows))


async def change(tx: AsyncSession, table: Table, key: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Give these values to the rows with these keys, of so many columns. All rows have the same columns."""
    if rows:
        await tx.execute(_changing(table, key, tuple(rows[0])), _arrays(rows))


async def publish(tx: AsyncSession, events: Sequence[Row], ahead: timedelta) -> None:
    """Insert events into the outbox, in their order. `ahead`: of how much the service's clock is put forward."""
    if events:
        arrays = {name: [event[name] for event in events] for name in PUBLISHED}
        await tx.execute(PUBLISH, {"ahead": ahead, **arrays})


def _arrays(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {f"all_{name}": [row[name] for row in rows] for name in rows[0]}


@cache
def _adding(table: Table, names: tuple[str, ...]) -> Insert:
    given = _given(table, names)
    return insert(table).from_select(names, select(*[given.c[name] for name in names]).order_by(given.c.place))


@cache
def _changing(table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Update:
    given = _given(table, names)
    values = {name: given.c[name] for name in names if name not in key}
    return update(table).where(*[table.c[name] == given.c[name] for name in key]).values(values)


def _given(table: Table, names: Sequence[str]) -> TableValuedAlias:
    arrays = [cast(bindparam(f"all_{name}"), ARRAY(table.c[name].type)) for name in names]
    return func.unnest(*arrays).table_valued(*names, with_ordinality="place").render_derived("given")
