"""Which commune of the Drôme a place is in, from what the file says: its name, its postal code, its INSEE code."""

from collections.abc import Mapping, Sequence
from functools import cache

from chassis.plain import plain
from county.communes import Commune, all_communes, by_insee, names_of

DROME = "26"


def commune_for(name: str, postal_code: str, insee: str) -> Commune | None:
    """Find the commune: a code is believed when the name or the postal code bears it out, also one of before a merger.

    None outside of the Drôme, and where what is said does not fit together.
    """
    coded = by_insee(insee)
    if coded and _alike(name, coded):
        return coded
    if named := _named(name, postal_code):
        return named
    return coded if coded and postal_code in coded.postal_codes else None


def contradicted(name: str, postal_code: str, insee: str) -> Commune | None:
    """Return the commune of the code, when neither the name nor the postal code bears it out."""
    coded = by_insee(insee)
    return coded if coded and commune_for(name, postal_code, insee) is None else None


def is_outside(name: str, postal_code: str, insee: str) -> bool:
    """Tell whether it is not in the Drôme: no commune of ours, and its code or else postal code begins otherwise."""
    return commune_for(name, postal_code, insee) is None and not (insee or postal_code).startswith(DROME)


def _named(name: str, postal_code: str) -> Commune | None:
    served = _served().get(postal_code, [])
    if not served and postal_code.startswith(DROME):  # a Cedex, which no table of communes lists
        served = [commune for commune in all_communes().values() if _is(name, commune)]
    exact = [commune for commune in served if _is(name, commune)]
    matches = exact or [commune for commune in served if _alike(name, commune)]
    return matches[0] if len(matches) == 1 else None


def _is(name: str, commune: Commune) -> bool:
    """Today or before, or a hamlet of it."""
    return _bare(name) in _known()[commune.insee]


def _alike(name: str, commune: Commune) -> bool:
    """«Livron» for Livron-sur-Drôme, «ROMANS-SUR-ISERE BP 240» for Romans-sur-Isère."""
    given = _bare(name)
    return bool(given) and any(known.startswith(given) or given.startswith(known) for known in _known()[commune.insee])


@cache
def _served() -> Mapping[str, list[Commune]]:
    """By postal code."""
    communes: dict[str, list[Commune]] = {}
    for commune in all_communes().values():
        for postal_code in commune.postal_codes:
            communes.setdefault(postal_code, []).append(commune)
    return communes


@cache
def _known() -> Mapping[str, Sequence[str]]:
    """All names of each commune, as they are compared, by INSEE code."""
    return {commune.insee: [*map(_bare, names_of(commune))] for commune in all_communes().values()}


def _bare(name: str) -> str:
    words = ({"st": "saint", "ste": "sainte"}.get(word, word) for word in plain(name).split())
    return "".join(words)
