"""Two records that may be one place: same id, same SIRET at one spot, same name in one commune or nearby."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import asin, cos, radians, sin, sqrt

from chassis.plain import plain
from services.catalogue.standards.place import NO_PIVOT, Place
from services.catalogue.standards.record import Remark

EARTH_KM = 6371.0088  # mean radius, IUGG
SAME_SPOT_KM = 0.05
NEARBY_KM = 0.5
KNOWN = 0
MOST_ALIKE = 100  # of one name that are compared: a file that repeats itself would take hours

Numbered = tuple[int, Place]
"""With its line in the file; `KNOWN` for one that is in our list already."""


def haversine(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Great-circle distance in kilometres between two WGS 84 positions in degrees."""
    a, b = radians(latitude), radians(to_latitude)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(to_longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def doubled(places: Sequence[Numbered]) -> Iterator[Remark]:
    """A person decides: nothing is merged here. Only those that share a key are compared, so long files are quick."""
    told: set[tuple[int, int, str]] = set()
    for line, one, other_line, other in _pairs(places):
        reason = _alike(one, other)
        if reason and (line, other_line, one.id) not in told:
            told.add((line, other_line, one.id))
            first = f"la ligne {line} ({one.nom})" if line else f"«{one.nom}», {one.commune}, déjà dans notre liste"
            yield Remark(other_line, "nom", other.nom, "doubled", f"Peut-être le même lieu que {first} : {reason}.")


def _pairs(places: Sequence[Numbered]) -> Iterator[tuple[int, Place, int, Place]]:
    """The second is always one of the file."""
    for group in _groups(places):
        for (line, one), (other_line, other) in combinations(group[:MOST_ALIKE], 2):
            if other_line != KNOWN:
                yield line, one, other_line, other


def _groups(places: Sequence[Numbered]) -> Iterable[Sequence[Numbered]]:
    groups: defaultdict[tuple[str, str], list[Numbered]] = defaultdict(list)
    for line, place in places:
        for key in (("id", place.id), ("pivot", place.pivot), ("nom", plain(place.nom))):
            groups[key].append((line, place))
    groups.pop(("pivot", NO_PIVOT), None)
    return groups.values()


def _alike(one: Place, other: Place) -> str:
    if one.id == other.id:
        return "même identifiant, la dernière ligne compte"
    if plain(one.nom) == plain(other.nom):
        if plain(one.commune) == plain(other.commune):
            return "même nom, même commune"
        return "même nom, à deux pas" if _apart(one, other) < NEARBY_KM else ""
    if one.pivot == other.pivot != NO_PIVOT and _apart(one, other) < SAME_SPOT_KM:
        return "même SIRET, même endroit"
    return ""


def _apart(one: Place, other: Place) -> float:
    """Kilometres; far, when one of the positions is not known."""
    spots = (one.latitude, one.longitude, other.latitude, other.longitude)
    known = [degrees for degrees in spots if degrees is not None]
    return haversine(*known) if len(known) == len(spots) else float("inf")
