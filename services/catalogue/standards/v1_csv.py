"""Version 1.0 of the standard as CSV, read and written: UTF-8, quoted, lists cut by «|».

In a file that is read, columns are cut by comma, semicolon or tab.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from chassis.spreadsheets import for_programs
from services.catalogue.standards.place import FIELDS, Place
from services.catalogue.standards.record import NotThisStandard, RawRecord, Remark

SEPARATORS = "|"
DELIMITERS = ",;\t"
MOST_COLUMNS = 200
TOO_WIDE = f"Ce fichier a trop de colonnes : {MOST_COLUMNS} au plus."
LINES = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
DECLARES = "sep="
"""A line by which a file declares its delimiter to Excel, in front of the names of the columns."""


def places_to_csv(places: Iterable[Place]) -> str:
    """Write the header, then a line a place; a list's own «|» can't exist, its reader cut there."""
    return for_programs(FIELDS, ([getattr(place, name) for name in FIELDS] for place in places))


def records(text: str) -> Iterator[RawRecord | Remark]:
    """Read a record per line, or the remark that refuses a line of another shape."""
    rows = _rows(text)
    _, header = next(rows, (0, []))
    columns = [name.strip().lower() for name in header]
    if len({*columns}) != len(columns):
        raise NotThisStandard("Une colonne est écrite deux fois dans la première ligne du fichier.")
    if len(columns) > MOST_COLUMNS:
        raise NotThisStandard(TOO_WIDE)
    line, row = 0, columns
    for line, row in rows:
        yield _record(line, row, columns)
    if len(row) < len(columns):
        raise NotThisStandard(f"Le fichier s'arrête au milieu de la ligne {line} : téléchargez-le à nouveau.")


def _record(line: int, row: Sequence[str], columns: Sequence[str]) -> RawRecord | Remark:
    if len(row) != len(columns):
        sentence = f"Cette ligne a {len(row)} colonnes au lieu de {len(columns)} : le lieu n'est pas repris."
        return Remark(line, "", row[0], "refused", sentence)
    return RawRecord(line, dict(zip(columns, row, strict=True)), SEPARATORS)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Those that hold something, with the line on which each begins: a value may run over several."""
    declared, text = _declared_delimiter(text)
    lines = (match[0] for match in LINES.finditer(text))  # `StringIO` would take thrice the memory
    reader = csv.reader(lines, delimiter=declared or _delimiter(text), strict=True)
    before = 1 if declared else 0
    line = before + 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise NotThisStandard(f"Le fichier CSV est abîmé à partir de la ligne {line} : un guillemet manque.") from error


def _declared_delimiter(text: str) -> tuple[str, str]:
    """Return the delimiter that the first line declares, and the text after it."""
    first, _, rest = text.partition("\n")
    declaration = first.strip('" \r')
    if not declaration.lower().startswith(DECLARES):
        return "", text
    mark = declaration[len(DECLARES) :]
    return (mark if mark and mark in DELIMITERS else ";"), rest


def _delimiter(text: str) -> str:
    """The one that finds more of the standard's columns in the first line."""
    first = text.lstrip().partition("\n")[0].lower()
    return max(DELIMITERS, key=lambda mark: len({name.strip(' "\r') for name in first.split(mark)} & {*FIELDS}))
