"""What passes between the files of this translation: raw records in, places and remarks out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chassis.refusal import Invalid
from services.catalogue.standards.place import Place

Severity = Literal["refused", "dropped", "mended", "doubled", "stays"]
"""The place is not taken; one value is not taken; a value was put right; two places may be one, a person decides; what
we have is newer or better, and stays."""

MOST_ALIKE = 100  # remarks of one kind that are shown; a file that is wrong everywhere says so often enough


class NotThisStandard(Invalid):
    """The file as a whole can't be read. The only thing raised here, whatever the bytes."""


@dataclass(frozen=True)
class RawRecord:
    """One place as the file has it. `line` is the line of a CSV, the rank in a JSON; lists are cut at `separators`."""

    line: int
    values: Mapping[str, str]
    separators: str


@dataclass(frozen=True)
class Remark:
    """`pair`: the ids of two places that may be one, that of the place which stays first."""

    line: int
    field: str
    value: str
    severity: Severity
    sentence: str
    pair: tuple[str, str] | None = None


@dataclass
class Remarks:
    """The first of each kind, and how many others there are: a kind is a field and a severity."""

    first: list[Remark] = field(default_factory=list)
    counts: Counter[tuple[str, Severity]] = field(default_factory=Counter)
    refused: set[int] = field(default_factory=set)

    def add(self, remarks: Iterable[Remark]) -> None:
        for remark in remarks:
            kind = (remark.field, remark.severity)
            self.counts[kind] += 1
            if self.counts[kind] <= MOST_ALIKE:
                self.first.append(remark)
            if remark.severity == "refused":
                self.refused.add(remark.line)

    def shown(self) -> list[Remark]:
        """List them by line; after the last of its kind, «et 1 999 autres»."""
        remarks = sorted(self.first, key=lambda remark: remark.line)
        last = {(remark.field, remark.severity): remark for remark in remarks}
        return [shown for remark in remarks for shown in self._with_others(remark, last)]

    def _with_others(self, remark: Remark, last: Mapping[tuple[str, Severity], Remark]) -> Iterable[Remark]:
        yield remark
        kind = (remark.field, remark.severity)
        others = self.counts[kind] - MOST_ALIKE
        if others > 0 and last[kind] is remark:
            number = f"{others:,}".replace(",", "\N{NO-BREAK SPACE}")
            sentence = f"… et {number} {'autre' if others == 1 else 'autres'} de ce genre, plus loin dans le fichier."
            yield Remark(remark.line, remark.field, "", remark.severity, sentence)


@dataclass(frozen=True)
class PlacesFile:
    """`records` counts all that the file holds, `places` only what may be taken, each on the line of `lines`.

    `ids` are those of all records, the refused ones too: the file knows these places. `doubtful`: by line, the fields
    of which a value was not taken. `refused` and `outside` of the Drôme are counted.
    """

    standard: Literal["v1.0 CSV", "v0.1 JSON"]
    records: int
    places: tuple[Place, ...]
    lines: tuple[int, ...]
    remarks: tuple[Remark, ...]
    ids: frozenset[str]
    refused: int = 0
    outside: int = 0
    doubtful: Mapping[int, frozenset[str]] = field(default_factory=dict)

    @property
    def numbered(self) -> Sequence[tuple[int, Place]]:
        return [*zip(self.lines, self.places, strict=True)]
