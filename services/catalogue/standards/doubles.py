"""Two records that may be one place: same id, or same name in one commune, or same SIRET at one spot."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import asin, cos, radians, sin, sqrt

from chassis.plain import plain
from services.catalogue.standards.place import NO_PIVOT, Place
from services.catalogue.standards.record import Remark

EARTH_KM = 6371.0088  # mean radius, IUGG
SAME_SPOT_KM = 0.05

Numbered = tuple[int, Place]


def haversine(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Great-circle distance in kilometres between two WGS 84 positions in degrees."""
    a, b = radians(latitude), radians(to_latitude)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(to_longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def doubled(places: Sequence[Numbered]) -> Iterator[Remark]:
    """A person decides: nothing is merged here."""
    for (line, one), (other_line, other) in combinations(places, 2):
        if reason := _alike(one, other):
            sentence = f"Peut-être le même lieu que la ligne {line} ({one.nom}) : {reason}."
            yield Remark(other_line, "nom", other.nom, "doubled", sentence)


def _alike(one: Place, other: Place) -> str:
    if one.id == other.id:
        return "même identifiant, la dernière ligne compte"
    if plain(one.nom) == plain(other.nom) and plain(one.commune) == plain(other.commune):
        return "même nom, même commune"
    if one.pivot == other.pivot != NO_PIVOT and _same_spot(one, other):
        return "même SIRET, même endroit"
    return ""


def _same_spot(one: Place, other: Place) -> bool:
    spots = (one.latitude, one.longitude, other.latitude, other.longitude)
    known = [degrees for degrees in spots if degrees is not None]
    return len(known) == len(spots) and haversine(*known) < SAME_SPOT_KM
