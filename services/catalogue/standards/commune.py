"""Which commune of the Drôme a place is in, from what the file says: its name, its postal code, its INSEE code."""

from chassis.communes import Commune, all_communes, by_insee
from chassis.plain import plain


def commune_for(name: str, postal_code: str, insee: str) -> Commune | None:
    """The code is believed unless both the name and the postal code speak for another. None outside of the Drôme."""
    coded = by_insee(insee)
    if coded and _alike(name, coded):
        return coded
    return _named(name, postal_code) or coded


def _named(name: str, postal_code: str) -> Commune | None:
    served = [commune for commune in all_communes().values() if postal_code in commune.postal_codes]
    if not served and postal_code.startswith("26"):  # a Cedex, which no table of communes lists
        served = [commune for commune in all_communes().values() if _bare(commune.name) == _bare(name)]
    exact = [commune for commune in served if _bare(commune.name) == _bare(name)]
    found = exact or [commune for commune in served if _alike(name, commune)]
    return found[0] if len(found) == 1 else None


def _alike(name: str, commune: Commune) -> bool:
    """«Livron» for Livron-sur-Drôme, «ROMANS-SUR-ISERE BP 240» for Romans-sur-Isère."""
    given, known = _bare(name), _bare(commune.name)
    return bool(given) and (known.startswith(given) or given.startswith(known))


def _bare(name: str) -> str:
    words = ({"st": "saint", "ste": "sainte"}.get(word, word) for word in plain(name).split())
    return "".join(words)
