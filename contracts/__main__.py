"""python -m contracts [--check]: write, or check, what is published: golden schemas, AsyncAPI, the topics' settings."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from contracts.asyncapi import document
from contracts.copies import PersonalCopy
from contracts.evolution import FOLDER, faults, place_of, written
from contracts.topics import TOPICS

ROOT = FOLDER.parent


def published() -> Iterator[tuple[Path, str]]:
    """Return every generated file, as it must be."""
    for topic in TOPICS.values():
        for event in topic.events:
            yield place_of(event, "schemas"), _json(written(event))
    yield FOLDER / "schemas" / "copy.json", _json(PersonalCopy.model_json_schema(mode="serialization"))
    yield FOLDER / "asyncapi.yaml", yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=120)
    settings = [
        {"name": topic.name, "partitions": topic.partitions, "restricted": topic.restricted, "config": {**topic.config}}
        for topic in TOPICS.values()
    ]
    yield ROOT / "deploy" / "kafka" / "topics.json", _json(settings)


def breaking() -> Iterator[str]:
    """Return each change that needs a new version of its event."""
    for topic in TOPICS.values():
        for event in topic.events:
            golden = place_of(event, "schemas")
            if golden.exists():
                yield from (f"{event.type} : {why}" for why in faults(json.loads(golden.read_text()), event))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def main(*, check: bool) -> None:
    """Publish or check.

    Exit with 1 when a change breaks readers, or when what is published is not what is written here.
    """
    if broken := [*breaking()]:
        sys.exit("\n".join(["Un changement casse des lecteurs : écrivez une version nouvelle (v2).", *broken]))
    files = dict(published())
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    if check and stale:
        sys.exit("\n".join(["À régénérer par «make contracts» :", *(str(path.relative_to(ROOT)) for path in stale)]))
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path])
    print(f"{len(files)} fichiers publiés, {len(stale)} réécrits")


if __name__ == "__main__":
    main(check="--check" in sys.argv)
