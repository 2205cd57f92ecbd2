"""A file of places, whatever it is: the format told by the content, never by the file's name."""


from services.catalogue.standards import v0_json, v1_csv
from services.catalogue.standards.doubles import doubled
from services.catalogue.standards.old_words import NEW_NAMES
from services.catalogue.standards.place import FIELDS
from services.catalogue.standards.record import Reading, Record, Remark

KNOWN = {*FIELDS, *NEW_NAMES}


def read_places(content: bytes) -> Reading:
    """Raises NotThisStandard, and nothing else, when the file as a whole can't be read."""
    text = _text(content)
    as_json = text.startswith(("[", "{"))
    found = list(v0_json.records(text) if as_json else v1_csv.records(text))
    records = [record for record in found if isinstance(record, Record)]
    remarks = [remark for remark in found if isinstance(remark, Remark)]
    _require_columns(text, records, as_json=as_json)
    _require_some(found)
    places = _checked(records, remarks)
    remarks += [*_unknown(records), *doubled(places)]
    return Reading(
        standard="v0.1 JSON" if as_json else "v1.0 CSV",
        records=len(found),
        places=tuple(place for _, place in places),
        remarks=tuple(sorted(remarks, key=lambda remark: remark.line)),
    )
