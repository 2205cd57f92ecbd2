"""A file of places, whatever it is: the format told by the content, never by the file's name."""

from collections.abc import Iterator, Sequence

from services.catalogue.standards import v0_json, v1_csv
from services.catalogue.standards.check import check
from services.catalogue.standards.doubles import doubled
from services.catalogue.standards.old_words import NEW_NAMES
from services.catalogue.standards.place import FIELDS, REQUIRED, Place
from services.catalogue.standards.record import NotThisStandard, Reading, Record, Remark
from services.catalogue.standards.values import clean

KNOWN = {*FIELDS, *NEW_NAMES}


def read_places(content: bytes) -> Reading:
    """Raises NotThisStandard, and nothing else, when the file as a whole can't be read."""
    text = _text(content)
    as_json = text.startswith(("[", "{"))
    found = list(v0_json.records(text) if as_json else v1_csv.records(text))
    records = [record for record in found if isinstance(record, Record)]
    remarks = [remark for remark in found if isinstance(remark, Remark)]
    _require_columns(records)
    checked = [(record.line, *check(record)) for record in records]
    places = [(line, place) for line, place, _ in checked if place]
    remarks += [remark for _, _, told in checked for remark in told]
    remarks += [*_unknown(records), *doubled(places)]
    return Reading(
        standard="v0.1 JSON" if as_json else "v1.0 CSV",
        records=len(found),
        places=tuple(place for _, place in places),
        lines=tuple(line for line, _ in places),
        remarks=tuple(sorted(remarks, key=lambda remark: remark.line)),
        ids=frozenset(_ids(found)),
    )


def _text(content: bytes) -> str:
    """UTF-8, with or without its mark; what spreadsheets write is told how to be saved again."""
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise NotThisStandard(
            "Ce fichier n'est pas en UTF-8 : enregistrez-le à nouveau en «CSV UTF-8», puis recommencez."
        ) from error
    if not text:
        raise NotThisStandard("Ce fichier est vide.")
    return text


def _require_columns(records: Sequence[Record]) -> None:
    """A required field that no record has is a fault of the file, not of a hundred places."""
    if not records:
        raise NotThisStandard("Ce fichier ne contient aucun lieu.")
    known = {name for record in records for name in record.values}
    if missing := [name for name in REQUIRED if name not in known and name != "pivot"]:
        raise NotThisStandard(f"Ce fichier n'est pas au standard : il y manque {', '.join(missing)}.")


def _ids(found: Sequence[Record | Remark]) -> Iterator[str]:
    """Also of a line of another shape, which begins with its id as the standard has it."""
    for one in found:
        given = one.value if isinstance(one, Remark) else one.values.get("id", "")
        yield " ".join(clean(given).split())


def _unknown(records: Sequence[Record]) -> Iterator[Remark]:
    """Said once for the file, on the first line that has the column."""
    told: set[str] = set()
    for record in records:
        for name in record.values:
            if name and name not in KNOWN | told:
                told.add(name)
                yield Remark(
                    record.line, name, "", "dropped", "Cette colonne n'est pas du standard : elle est ignorée."
                )


def kept(places: Sequence[Place]) -> dict[str, Place]:
    """By id; of two with one id the last."""
    return {place.id: place for place in places}
