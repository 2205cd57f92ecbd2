"""The national standard «lieux de médiation numérique» and our own values: reading, checking, writing.

Pure functions: bytes in, values out. No database, no clock, no network; whoever calls decides what to do with them.
"""

from services.catalogue.standards.commune import commune_for
from services.catalogue.standards.diagnosis import LARGEST
from services.catalogue.standards.doubles import KNOWN, Answered, ComparedPlace, doubled, haversine
from services.catalogue.standards.opening_hours import are_opening_hours, in_french
from services.catalogue.standards.place import FIELDS, LISTS, NO_PIVOT, OUR_LABEL, Place
from services.catalogue.standards.reading import newest_by_id, read_places, with_known_values
from services.catalogue.standards.record import NotThisStandard, PlacesFile, Remark, Remarks, Severity
from services.catalogue.standards.v1_csv import places_to_csv
from services.catalogue.standards.values import clean, reader_of

__all__ = [
    "FIELDS",
    "KNOWN",
    "LARGEST",
    "LISTS",
    "NO_PIVOT",
    "OUR_LABEL",
    "Answered",
    "ComparedPlace",
    "NotThisStandard",
    "Place",
    "PlacesFile",
    "Remark",
    "Remarks",
    "Severity",
    "are_opening_hours",
    "clean",
    "commune_for",
    "doubled",
    "haversine",
    "in_french",
    "newest_by_id",
    "places_to_csv",
    "read_places",
    "reader_of",
    "with_known_values",
]
