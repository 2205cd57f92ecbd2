"""The communes of the Drôme: a reference that more than one service needs. INSEE codes are the proof of residence."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import NamedTuple

from chassis.plain import plain

FILE = Path(__file__).parent / "data" / "communes.csv"
EARTH_KM = 6371.0088  # mean radius


class Position(NamedTuple):
    """Degrees, WGS 84."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Commune:
    insee: str
    name: str
    postal_codes: tuple[str, ...]
    epci_siren: str
    epci_name: str
    population: int
    position: Position  # of the town hall, or of the centre where that one is unknown

    @property
    def label(self) -> str:
        return f"{self.name} ({', '.join(self.postal_codes)})"


@cache
def all_communes() -> Mapping[str, Commune]:
    """By INSEE code."""
    with FILE.open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        communes = [
            Commune(
                insee=row["insee"],
                name=row["name"],
                postal_codes=tuple(row["postal_codes"].split()),
                epci_siren=row["epci_siren"],
                epci_name=row["epci_name"],
                population=int(row["population"]),
                position=Position(float(row["latitude"]), float(row["longitude"])),
            )
            for row in rows
        ]
    return {commune.insee: commune for commune in communes}


def by_insee(code: str) -> Commune | None:
    return all_communes().get(code)


def name_of(code: str) -> str:
    """The name, or the code itself outside of the Drôme."""
    commune = by_insee(code)
    return commune.name if commune else code


def found_by(text: str) -> list[Commune]:
    """By postal code, or by words of the name; accents, hyphens and «St» are forgiven."""
    words = [{"st": "saint", "ste": "sainte"}.get(word, word) for word in plain(text).split()]
    return [commune for commune in all_communes().values() if words and all(_has(commune, word) for word in words)]


def _has(commune: Commune, word: str) -> bool:
    return word in commune.postal_codes or any(part.startswith(word) for part in plain(commune.name).split())


def distance_km(a: Commune | tuple[float, float], b: Commune | tuple[float, float]) -> float:
    """Kilometres as the crow flies, between communes or (latitude, longitude) in degrees."""
    lat_a, lon_a = map(radians, a.position if isinstance(a, Commune) else a)
    lat_b, lon_b = map(radians, b.position if isinstance(b, Commune) else b)
    haversine = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(haversine))
