"""A file of places, whatever it is: its content decides on the format, never its name."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.catalogue.standards import v0_json, v1_csv
from services.catalogue.standards.check import check
from services.catalogue.standards.commune import is_outside
from services.catalogue.standards.diagnosis import text_of
from services.catalogue.standards.old_words import NEW_NAMES
from services.catalogue.standards.place import FIELDS, NO_PIVOT, REQUIRED, Place
from services.catalogue.standards.record import NotThisStandard, PlacesFile, RawRecord, Remark, Remarks
from services.catalogue.standards.values import clean, reader_of

COLUMNS = {*FIELDS, *NEW_NAMES}
MOST_RECORDS = 100_000


def read_places(content: bytes, *, today: date = date.max, elsewhere: bool = False) -> PlacesFile:
    """Read a file. Raises NotThisStandard, and nothing else, when it can't be read as a whole.

    A date after `today` is a mistake. Places outside of the Drôme are counted, and taken only with `elsewhere`.
    """
    text = text_of(content)
    as_json = text.lstrip().startswith(("[", "{"))
    reader = _Reader(today, elsewhere)
    for record in v0_json.records(text.lstrip()) if as_json else v1_csv.records(text):
        reader.take(record)
    reader.require_columns()
    return PlacesFile(
        standard="v0.1 JSON" if as_json else "v1.0 CSV",
        records=reader.count,
        places=tuple(reader.places),
        lines=tuple(reader.lines),
        remarks=tuple(reader.remarks.shown()),
        ids=frozenset(reader.ids),
        refused=len(reader.remarks.refused),
        outside=reader.outside,
        doubtful=reader.doubtful,
    )


@dataclass
class _Reader:
    """One record after the other, so that a country's list is never there as a whole."""

    today: date
    elsewhere: bool
    count: int = 0
    outside: int = 0
    places: list[Place] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)
    ids: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    doubtful: dict[int, frozenset[str]] = field(default_factory=dict)

    def take(self, record: RawRecord | Remark) -> None:
        self.count += 1
        if self.count > MOST_RECORDS:
            raise NotThisStandard(f"Ce fichier a trop de lieux : {MOST_RECORDS} au plus. Coupez-le en plusieurs.")
        self.ids.add(_id(record))
        if isinstance(record, Remark):
            self.remarks.add([record])
            return
        self.remarks.add(self._unknown(record))
        place, remarks = check(record, self.today)
        if place and not self.elsewhere and is_outside(place.commune, place.code_postal, place.code_insee or ""):
            self.outside += 1
            return
        self.remarks.add(remarks)
        if place:
            self._add(record.line, place, remarks)

    def _add(self, line: int, place: Place, remarks: Sequence[Remark]) -> None:
        self.places.append(place)
        self.lines.append(line)
        left = frozenset(
            remark.field
            for remark in remarks
            if remark.severity == "dropped" and getattr(place, remark.field, None) in (None, (), NO_PIVOT)
        )
        if left:
            self.doubtful[line] = left

    def _unknown(self, record: RawRecord) -> Iterator[Remark]:
        """Said once for the file, on the first line that has the column."""
        for name in [name for name in record.values if name not in self.columns]:
            self.columns.add(name)
            if len(self.columns) > v1_csv.MOST_COLUMNS:
                raise NotThisStandard(v1_csv.TOO_WIDE)
            if name and name not in COLUMNS:
                sentence = "Cette colonne n'est pas du standard : elle est ignorée."
                yield Remark(record.line, name, "", "dropped", sentence)

    def require_columns(self) -> None:
        """Refuse a file without a required field: that is its fault, not one of a hundred places."""
        if not self.columns:
            raise NotThisStandard("Ce fichier ne contient aucun lieu.")
        if missing := [name for name in REQUIRED if name not in self.columns and name != "pivot"]:
            raise NotThisStandard(f"Ce fichier n'est pas au standard : il y manque {', '.join(missing)}.")


def _id(record: RawRecord | Remark) -> str:
    """Also of a line of another shape, which begins with its id as the standard has it."""
    given = record.value if isinstance(record, Remark) else record.values.get("id", "")
    return " ".join(clean(given).split())


def newest_by_id(places: Sequence[Place]) -> dict[str, Place]:
    """Map the places by id; of two with the same id the newest, in whichever order they stand."""
    newest: dict[str, Place] = {}
    for place in places:
        known = newest.get(place.id)
        if known is None or _rank(known) < _rank(place):
            newest[place.id] = place
    return newest


def with_known_values(given: Place, known: Place, doubtful: Collection[str]) -> Place:
    """Return the given place with known values where what the file had was not taken; of a list, where nothing is left.

    Where a place was says nothing of where it has moved to.
    """
    moved = (given.commune, given.code_postal) != (known.commune, known.code_postal)
    names = {*doubtful} - ({"code_insee", "latitude", "longitude"} if moved else set())
    values = {name: getattr(known, name) for name in names if _good(name, getattr(known, name))}
    return given.model_copy(update=values) if values else given


def _good(name: str, value: object) -> bool:
    """Whether it would be taken from a file of today."""
    if value in (None, (), NO_PIVOT):
        return False
    return not isinstance(value, str) or reader_of(name)(value).value == value


def _rank(place: Place) -> tuple[date, str]:
    return place.date_maj, place.model_dump_json()
