"""The routing table as it was written: which first segment of a path is whose."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("routing.json")
ANY = "any"


@dataclass(frozen=True)
class Table:
    """First segments: `own` by service, `shared` which all answer alike, `closed` which a gateway never passes on."""

    own: Mapping[str, Sequence[str]]
    shared: Sequence[str]
    closed: Sequence[str]

    def service_of(self, path: str) -> str:
        """Name who answers; nothing for what is not passed on, «any» for what all answer alike."""
        claimed = segment(path)
        owners = [service for service, segments in self.own.items() if claimed in segments]
        return owners[0] if owners else ANY if claimed in self.shared else ""


def read() -> Table:
    """Return what is in the file."""
    return Table(**json.loads(FILE.read_text(encoding="utf-8")))


def segment(path: str) -> str:
    """Return the first one; of the API, the first two."""
    parts = path.removeprefix("/").split("/")
    return "/".join(parts[:2]) if parts[0] == "api" else parts[0]
