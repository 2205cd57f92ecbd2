"""What is published of each event, and whether a change can be read: old readers by new data, new readers by old data.

The golden schema is what writers write. A reader ignores unknown fields, so its schema is the open one.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsoncompat import check_compat

from contracts.event import Event

FOLDER = Path(__file__).parent
WIRE = ("x-topic", "x-key", "x-subject", "x-tombstone")

Schema = dict[str, Any]


def place_of(event: type[Event], what: str) -> Path:
    """Return `contracts/schemas/booking/booking.confirmed.v1.json`, and the same under `examples`."""
    return FOLDER / what / event.__module__.rpartition(".")[2] / f"{event.type}.json"


def written(event: type[Event]) -> Schema:
    """Return the JSON Schema of what is written, and where it travels."""
    wire = (event.topic, event.key_field, event.subject_field, event.tombstone)
    return event.model_json_schema(mode="serialization") | dict(zip(WIRE, wire, strict=True))


def faults(golden: Schema, event: type[Event]) -> list[str]:
    """Say why the class as it is now needs a new version; nothing when it does not."""
    new = written(event)
    breaks = [f"{name} a changé" for name in WIRE if golden.get(name) != new[name]]
    if not check_compat(_text(golden), _text(opened(event.model_json_schema(mode="validation"))), "deserializer"):
        breaks.append("un lecteur nouveau ne lirait pas les anciens messages")
    if not check_compat(_text(opened(golden)), _text(new), "serializer"):
        breaks.append("un lecteur ancien ne lirait pas les nouveaux messages")
    old_formats, new_formats = dict(formats(golden)), dict(formats(new))
    breaks += [f"le format de {path} a changé" for path in old_formats if new_formats.get(path) != old_formats[path]]
    return breaks


def opened(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the same, for a reader that ignores unknown fields."""
    if isinstance(schema, list):
        return [opened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: opened(value) for name, value in schema.items() if (name, value) != ("additionalProperties", False)}


def formats(schema: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Return where a format is asked for; the compatibility tool does not compare these."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("format"), str):
            yield path, schema["format"]
        for name, value in schema.items():
            yield from formats(value, f"{path}/{name}")
    elif isinstance(schema, list):
        for number, value in enumerate(schema):
            yield from formats(value, f"{path}/{number}")


def _text(schema: Schema) -> str:
    return json.dumps(schema)
