"""Two records that may be one place: same id, same SIRET at one spot, same name in one commune or nearby."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from chassis.plain import plain
from services.catalogue.standards.place import NO_PIVOT, Place
from services.catalogue.standards.record import Remark

EARTH_KM = 6371.0088  # mean radius, IUGG
SAME_SPOT_KM = 0.05
NEARBY_KM = 0.5
KNOWN = 0
MOST_COMPARED = 20  # places of one name or SIRET in many communes, with which the next one is compared


class ComparedPlace(NamedTuple):
    """The part of a `Place` that is compared."""

    id: str
    nom: str
    commune: str
    pivot: str
    latitude: float | None
    longitude: float | None


Numbered = tuple[int, Place | ComparedPlace]
"""With its line in the file; `KNOWN` for one that is in our list already."""
Answered = Collection[frozenset[str]]
"""Pairs of ids."""


class _Seen(NamedTuple):
    line: int
    place: Place | ComparedPlace
    nom: str
    commune: str

    @classmethod
    def of(cls, line: int, place: Place | ComparedPlace) -> "_Seen":
        return cls(line, place, plain(place.nom), plain(place.commune))


def haversine(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Measure the great-circle distance in kilometres between two WGS 84 positions in degrees."""
    a, b = radians(latitude), radians(to_latitude)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(to_longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def doubled(places: Sequence[Numbered], answered: Answered = frozenset()) -> Iterator[Remark]:
    """Remark on each place that looks like another, once; of pairs that a person has `answered` about, never.

    Nothing is merged here. A place is compared with few of those that share its id, SIRET or name: the time grows with
    the number of places.
    """
    groups: defaultdict[tuple[str, str], list[_Seen]] = defaultdict(list)
    for line, place in places:
        new = _Seen.of(line, place)
        keys = [("id", place.id), ("nom", new.nom), *([("pivot", place.pivot)] if place.pivot != NO_PIVOT else [])]
        if line != KNOWN and (double := _first(new, keys, groups, answered)):
            yield _remark(new, *double)
            continue
        for key in keys:
            if len(groups[key]) < MOST_COMPARED:
                groups[key].append(new)


def _first(
    new: _Seen,
    keys: Sequence[tuple[str, str]],
    groups: defaultdict[tuple[str, str], list[_Seen]],
    answered: Answered,
) -> tuple[_Seen, str] | None:
    for key in keys:
        for seen in groups.get(key, ()):
            reason = _alike(seen, new)
            if reason and frozenset((seen.place.id, new.place.id)) not in answered:
                return seen, reason
    return None


def _remark(new: _Seen, seen: _Seen, reason: str) -> Remark:
    place = seen.place
    first = (
        f"la ligne {seen.line} ({place.nom})" if seen.line else f"«{place.nom}», {place.commune}, déjà dans notre liste"
    )
    pair = (place.id, new.place.id) if place.id != new.place.id else None
    sentence = f"Peut-être le même lieu que {first} : {reason}."
    return Remark(new.line, "nom", new.place.nom, "doubled", sentence, pair)


def _alike(seen: _Seen, new: _Seen) -> str:
    if seen.place.id == new.place.id:
        return "même identifiant, la fiche la plus récente compte"
    if seen.nom == new.nom:
        if seen.commune == new.commune:
            return "même nom, même commune"
        return "même nom, à deux pas" if _distance_km(seen.place, new.place) < NEARBY_KM else ""
    if seen.place.pivot == new.place.pivot != NO_PIVOT and _distance_km(seen.place, new.place) < SAME_SPOT_KM:
        return "même SIRET, même endroit"
    return ""


def _distance_km(place: Place | ComparedPlace, other: Place | ComparedPlace) -> float:
    """Kilometres; far, when one of the positions is not known."""
    spots = (place.latitude, place.longitude, other.latitude, other.longitude)
    known = [degrees for degrees in spots if degrees is not None]
    return haversine(*known) if len(known) == len(spots) else float("inf")
