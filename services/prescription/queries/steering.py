"""Figures for the steering page, from a view that joins what is with what the erased left behind."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Date, Integer, Text, Uuid, cast, column, func, select, table

from chassis.db import Reading
from services.prescription.model import Figures
from services.prescription.model.figures import By

facts = table(
    "facts",
    column("beneficiary_id", Uuid),
    column("month", Date),
    column("centre_id", Uuid),
    column("epci", Text),
    column("audiences", ARRAY(Text)),
    column("books", Integer),
    column("used", Integer),
    column("hours", Integer),
    column("days", Integer),
)


async def figures(reading: Reading, by: By, since: date) -> Sequence[Figures]:
    """Sums a line for each value of `by`, unmasked. A person of several audiences counts in each of them."""
    key = _key(by).label("key")
    query = select(
        key,
        func.sum(facts.c.books),
        func.sum(facts.c.used),
        func.sum(facts.c.hours),
        func.percentile_cont(0.5).within_group(facts.c.days),
        func.count(facts.c.days),
    )
    query = query.where(facts.c.month >= since).group_by(key).order_by(key)
    return [Figures(*row) for row in await reading.execute(query)]


def _key(by: By) -> ColumnElement[Any]:
    match by:
        case "month":
            return func.to_char(facts.c.month, "YYYY-MM")
        case "centre":
            return cast(facts.c.centre_id, Text)
        case "epci":
            return facts.c.epci
        case "audience":
            stated = func.nullif(facts.c.audiences, cast([], ARRAY(Text)))
            return func.unnest(func.coalesce(stated, cast(["none"], ARRAY(Text))))
