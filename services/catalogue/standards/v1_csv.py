"""Version 1.0 of the standard as CSV: UTF-8, quoted, lists cut by «|», columns by comma or semicolon."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from services.catalogue.standards.place import FIELDS
from services.catalogue.standards.record import NotThisStandard, Record, Remark

SEPARATORS = "|"


def records(text: str) -> Iterator[Record | Remark]:
    """A record per line, or the remark that refuses a line of another shape."""
    rows = _rows(text)
    _, header = next(rows, (0, []))
    columns = [name.strip().lower() for name in header]
    if len(set(columns)) != len(columns):
        raise NotThisStandard("Une colonne est écrite deux fois dans la première ligne du fichier.")
    filled = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    if filled and len(filled[-1][1]) < len(columns):
        raise NotThisStandard(f"Le fichier s'arrête au milieu de la ligne {filled[-1][0]} : téléchargez-le à nouveau.")
    return (_record(line, row, columns) for line, row in filled)


def _record(line: int, row: Sequence[str], columns: Sequence[str]) -> Record | Remark:
    if len(row) != len(columns):
        sentence = f"Cette ligne a {len(row)} colonnes au lieu de {len(columns)} : le lieu n'est pas repris."
        return Remark(line, "", row[0], "refused", sentence)
    return Record(line, dict(zip(columns, row, strict=True)), SEPARATORS)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """With the line on which each begins: a value may run over several."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise NotThisStandard(f"Le fichier CSV est abîmé à partir de la ligne {line} : un guillemet manque.") from error


def _delimiter(text: str) -> str:
    """The one that finds more of the standard's columns in the first line."""
    first = text.lstrip().partition("\n")[0].lower()
    return max(",;", key=lambda mark: len({name.strip(' "\r') for name in first.split(mark)} & set(FIELDS)))
