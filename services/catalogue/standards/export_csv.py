"""Places written as version 1.0 of the standard: UTF-8 CSV, all fields quoted, lists joined by «|»."""

from collections.abc import Iterable

from chassis.spreadsheets import for_programs
from services.catalogue.standards.place import FIELDS, Place


def places_to_csv(places: Iterable[Place]) -> str:
    """The header, then a line a place; a list's own «|» can't exist, its reader cut there."""
    return for_programs(FIELDS, ([getattr(place, name) for name in FIELDS] for place in places))
