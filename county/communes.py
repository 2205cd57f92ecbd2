"""The communes of the Drôme: a reference that more than one service needs. INSEE codes are the proof of residence."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import NamedTuple

from chassis.plain import plain

FOLDER = Path(__file__).parent / "data"
MANY = 5000  # inhabitants
EARTH_KM = 6371.0088  # mean radius
LITTLE = frozenset(("l", "le", "la", "les", "d", "de", "du", "des"))
"""Words that people leave out of a name, or add to it."""
SHORT = {"st": "saint", "ste": "sainte"}


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


@dataclass(frozen=True)
class FormerCommune:
    """A name that people still say. `insee` is the code it had; a hamlet had none, and is known by its whole name."""

    name: str
    insee: str
    into: str
    since: date | None

    @property
    def is_hamlet(self) -> bool:
        return not self.insee

    @property
    def sentence(self) -> str:
        """«Montrigaud est dans la commune «Valherbasse» depuis 2019.»."""
        since = f" depuis {self.since.year}" if self.since else ""
        return f"{self.name} est dans la commune «{all_communes()[self.into].name}»{since}."


@cache
def all_communes() -> Mapping[str, Commune]:
    """Return the communes of today by INSEE code."""
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
        for row in _rows("communes.csv")
    ]
    return {commune.insee: commune for commune in communes}


@cache
def former_communes() -> Sequence[FormerCommune]:
    """Return former communes and hamlets; the latest merger first."""
    rows = _rows("former_communes.csv")
    return [FormerCommune(row["name"], row["insee"], row["into"], _day(row["since"])) for row in rows]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


def by_insee(code: str) -> Commune | None:
    """Return the commune of today: a code of before a merger follows it."""
    if commune := all_communes().get(code):
        return commune
    former = former_coded(code)
    return all_communes()[former.into] if former else None


@cache
def inhabitants() -> Mapping[str, int]:
    """Count, by SIREN of the intercommunality, who lives in its communes of the Drôme (INSEE, legal populations)."""
    counted: Counter[str] = Counter()
    for commune in all_communes().values():
        counted[commune.epci_siren] += commune.population
    return counted


def epci_of_many(code: str) -> str | None:
    """Return the intercommunality of a commune, where it tells nobody's village: rule 26."""
    commune = by_insee(code)
    return commune.epci_siren if commune and inhabitants()[commune.epci_siren] >= MANY else None


def name_of(code: str) -> str:
    """Return the name, or the code itself outside of the Drôme."""
    commune = by_insee(code)
    return commune.name if commune else code


class _Name(NamedTuple):
    """`words` without the little ones; `joined` all of them in one word."""

    words: tuple[str, ...]
    joined: str
    is_hamlet: bool = False


@cache
def _names() -> Mapping[str, Sequence[_Name]]:
    """By INSEE code, today's name first."""
    names = {commune.insee: [_name(commune.name)] for commune in all_communes().values()}
    for former in former_communes():
        names[former.into].append(_name(former.name)._replace(is_hamlet=former.is_hamlet))
    return names


def _name(text: str) -> _Name:
    words = [SHORT.get(word, word) for word in plain(text).split()]
    return _Name(tuple(word for word in words if word not in LITTLE) or tuple(words), "".join(words))


def communes_called(text: str) -> list[Commune]:
    """Find communes by postal code, or by words of a name of today or before.

    Accents, hyphens, «St» and «l'» are forgiven.
    """
    asked = _name(text)
    return [commune for commune in all_communes().values() if asked.joined and _answers(commune, asked)]


def _answers(commune: Commune, asked: _Name) -> bool:
    return any(_says(name, commune.postal_codes, asked) for name in _names()[commune.insee])


def _says(name: _Name, postal_codes: Sequence[str], asked: _Name) -> bool:
    if name.is_hamlet:
        return _same(name, asked)
    if name.joined.startswith(asked.joined):
        return True
    return all(word in postal_codes or any(part.startswith(word) for part in name.words) for word in asked.words)


def called(text: str) -> list[Commune]:
    """Return those of exactly this name: of today, or else of before; a hamlet's is its commune's."""
    asked = _name(text)
    today = [commune for commune in all_communes().values() if _same(_names()[commune.insee][0], asked)]
    before = [
        commune
        for commune in all_communes().values()
        if any(_same(name, asked) for name in _names()[commune.insee][1:])
    ]
    return today or before


def _same(name: _Name, asked: _Name) -> bool:
    return asked.joined == name.joined or asked.words == name.words


def names_of(commune: Commune) -> list[str]:
    """Return today's name, those of before and those of its hamlets."""
    return [commune.name, *(former.name for former in former_communes() if former.into == commune.insee)]


def former_called(text: str, into: Commune) -> FormerCommune | None:
    """Return what `into` was, under this name."""
    asked = _name(text)
    these = (former for former in former_communes() if former.into == into.insee)
    return next((former for former in these if _same(_name(former.name), asked)), None)


def former_coded(code: str) -> FormerCommune | None:
    """Return what had this code and has it no more."""
    return _by_former_code().get(code)


@cache
def _by_former_code() -> Mapping[str, FormerCommune]:
    """The latest merger, of two under one code."""
    return {former.insee: former for former in reversed(former_communes()) if former.insee not in {"", former.into}}


def distance_km(a: Commune | tuple[float, float], b: Commune | tuple[float, float]) -> float:
    """Return kilometres as the crow flies, between communes or (latitude, longitude) in degrees."""
    lat_a, lon_a = map(radians, a.position if isinstance(a, Commune) else a)
    lat_b, lon_b = map(radians, b.position if isinstance(b, Commune) else b)
    haversine = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(haversine))
