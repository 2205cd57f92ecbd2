"""Places written as version 1.0 of the standard: UTF-8 CSV, all fields quoted, lists joined by «|»."""

import csv
from collections.abc import Iterable
from io import StringIO

from services.catalogue.standards.place import FIELDS, Place


def places_to_csv(places: Iterable[Place]) -> str:
    """The header, then a line a place; a list's own «|» can't exist, its reader cut there."""
    written = StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows([_cell(getattr(place, name)) for name in FIELDS] for place in places)
    return written.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return "|".join(value)
    return "" if value is None else str(value)
