"""Version 0.1 of the standard as JSON: a list of objects, or one a line; lists within a value cut by «;»."""

import json
from collections.abc import Iterator
from typing import Any

from services.catalogue.standards.record import NotThisStandard, RawRecord

SEPARATORS = ";|"


def records(text: str) -> Iterator[RawRecord]:
    """Read records, numbered from 1: line breaks mean nothing in JSON, a rank can be counted."""
    places = _lines(text) if text.startswith("{") else _parsed(text)
    if not isinstance(places, list) or not all(isinstance(place, dict) for place in places):
        raise NotThisStandard("Ce fichier JSON n'est pas une liste de lieux.")
    places.reverse()
    for rank in range(1, len(places) + 1):
        place = places.pop()  # a country's list is no longer needed as a whole
        yield RawRecord(rank, {str(name): _written(value) for name, value in place.items()}, SEPARATORS)


def _lines(text: str) -> list[Any]:
    """NDJSON: an object a line. A single object is no list of places, whatever it holds."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        places = [json.loads(line) for line in lines]
    except (ValueError, RecursionError) as error:
        _parsed(text)
        raise NotThisStandard("Ce fichier JSON n'est pas une liste de lieux.") from error
    if len(places) == 1 and "nom" not in places[0]:
        raise NotThisStandard("Ce fichier JSON n'est pas une liste de lieux.")
    return places


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise NotThisStandard(
            f"Le fichier JSON est abîmé à la ligne {error.lineno} : téléchargez-le à nouveau."
        ) from error
    except (ValueError, RecursionError) as error:
        raise NotThisStandard("Le fichier JSON n'est pas lisible.") from error


def _written(value: object) -> str:
    match value:
        case None:
            return ""
        case list():
            return SEPARATORS[0].join(_written(part) for part in value)
        case _:
            return str(value)
