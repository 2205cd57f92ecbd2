"""What passes between the rooms of this translation: raw records in, places and remarks out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chassis.refusal import Invalid
from services.catalogue.standards.place import Place

Severity = Literal["refused", "dropped", "mended", "doubled"]
"""The place is not taken; one value is not taken; a value was put right; two places may be one, a person decides."""


class NotThisStandard(Invalid):
    """The file as a whole can't be read. The only thing raised here, whatever the bytes."""


@dataclass(frozen=True)
class Record:
    """One place as the file has it. `line` is the line of a CSV, the rank in a JSON; lists are cut at `separators`."""

    line: int
    values: Mapping[str, str]
    separators: str


@dataclass(frozen=True)
class Remark:
    line: int
    field: str
    value: str
    severity: Severity
    sentence: str


@dataclass(frozen=True)
class Reading:
    """`records` counts all that the file holds, `places` only what may be taken, each on the line of `lines`.

    `ids` are those of all records, the refused ones too: the file knows these places.
    """

    standard: Literal["v1.0 CSV", "v0.1 JSON"]
    records: int
    places: tuple[Place, ...]
    lines: tuple[int, ...]
    remarks: tuple[Remark, ...]
    ids: frozenset[str]
