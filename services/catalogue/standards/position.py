"""Where a place says it is, against the commune it says it is in."""

from county.communes import by_insee, distance_km
from services.catalogue.standards.draft import Draft

FIELDS = ("latitude", "longitude")
FARTHEST_KM = 25.0  # from a town hall: the widest commune of the Drôme reaches less far
LATITUDES, LONGITUDES = (41.0, 51.6), (-5.6, 9.8)  # of metropolitan France, degrees


def settle_position(draft: Draft) -> None:
    """Take both or none, on land, in the order of the standard, near its commune."""
    latitude, longitude = (draft.values.get(name) for name in FIELDS)
    if not isinstance(latitude, float) or not isinstance(longitude, float):
        draft.drop(FIELDS, "Une position a une latitude et une longitude : elle n'est pas reprise.")
    elif latitude == longitude == 0:
        draft.drop(FIELDS, "Cette position est au milieu de l'océan : elle n'est pas reprise.")
    elif _swapped(latitude, longitude):
        _swap(draft, latitude, longitude)
        _near(draft, longitude, latitude)
    else:
        _near(draft, latitude, longitude)


def _swapped(latitude: float, longitude: float) -> bool:
    return _between(longitude, LATITUDES) and _between(latitude, LONGITUDES)


def _between(degrees: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= degrees <= bounds[1]


def _swap(draft: Draft, latitude: float, longitude: float) -> None:
    draft.values |= {"latitude": longitude, "longitude": latitude}
    draft.remark("latitude", str(latitude), "mended", "La latitude et la longitude étaient échangées.")


def _near(draft: Draft, latitude: float, longitude: float) -> None:
    commune = by_insee(draft.text("code_insee"))
    if commune and (km := distance_km(commune, (latitude, longitude))) > FARTHEST_KM:
        draft.drop(FIELDS, f"Cette position est à {km:.0f} km de {commune.name} : elle n'est pas reprise.")
