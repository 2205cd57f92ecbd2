"""Many rows by one statement, whose text is the same however many there are: prepared once, sent as arrays."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Insert, Table, bindparam, cast, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession


async def add(tx: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """In their order: a column that numbers them does so one by one. All rows have the same columns."""
    if rows:
        names = tuple(rows[0])
        await tx.execute(_adding(table, names), {name: [row[name] for row in rows] for name in names})


@cache
def _adding(table: Table, names: tuple[str, ...]) -> Insert:
    arrays = [cast(bindparam(name), ARRAY(table.c[name].type)) for name in names]
    given = func.unnest(*arrays).table_valued(*names, with_ordinality="place").render_derived("given")
    return insert(table).from_select(names, select(*[given.c[name] for name in names]).order_by(given.c.place))
