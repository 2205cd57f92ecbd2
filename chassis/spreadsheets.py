"""Tables that leave the product: one way for people, who open them in a French spreadsheet, and one for programs."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Literal

from chassis.clock import PARIS
from chassis.texts import harmless

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Without it Excel takes UTF-8 for Windows' letters."""
MEDIA_TYPE = "text/csv; charset=utf-8"

Row = Sequence[object]
Quoting = Literal[0, 1]


def for_people(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Write with semicolons, decimal commas, dates as «31/03/2026» in Paris time, formulas that are only text."""
    return BOM + _written(columns, rows, _french, delimiter=";", quoting=csv.QUOTE_MINIMAL)


def for_programs(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Write by RFC 4180, all values quoted.

    Dates and numbers as ISO 8601 and programs write them, texts as they are.
    """
    return _written(columns, rows, _plain, delimiter=",", quoting=csv.QUOTE_ALL)


def _written(
    columns: Sequence[str], rows: Iterable[Row], cell: Callable[[object], str], *, delimiter: str, quoting: Quoting
) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=quoting)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def _french(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(PARIS):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return f"{value:.10g}".replace(".", ",")
    return harmless(_joined(value, ", "))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else _joined(value, "|")


def _joined(value: object, mark: str) -> str:
    if isinstance(value, tuple | list):
        return mark.join(map(str, value))
    return "" if value is None else str(value)
