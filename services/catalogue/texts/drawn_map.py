"""A small map of the Drôme, drawn from positions alone: an addition to a list, never instead of it."""

from collections.abc import Iterable, Sequence
from functools import cache
from math import cos, radians
from typing import NamedTuple

from county.communes import all_communes
from services.catalogue.model import Space

WIDTH, MARGIN = 300, 12
NAMED = ("26362", "26281", "26198", "26113", "26220")  # Valence, Romans, Montélimar, Die, Nyons


class Drawn(NamedTuple):
    """In the units of the drawing: dots with their name, towns to find one's way, and each commune as a faint point."""

    width: int
    height: int
    dots: Sequence[tuple[float, float, str]]
    towns: Sequence[tuple[float, float, str]]
    ground: str


class _Frame(NamedTuple):
    west: float
    north: float
    by_degree: float
    flat: float
    height: int

    def point(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Project by a plate carrée around the middle: over a hundred kilometres nobody sees the difference."""
        across = (longitude - self.west) * self.by_degree + MARGIN
        return round(across, 1), round((self.north - latitude) * self.by_degree / self.flat + MARGIN, 1)


def drawn_map(spaces: Iterable[Space]) -> Drawn:
    frame, communes = _frame(), all_communes()
    return Drawn(
        WIDTH,
        frame.height,
        [
            (*frame.point(space.latitude, space.longitude), space.name)
            for space in spaces
            if space.latitude is not None and space.longitude is not None
        ],
        [(*frame.point(*communes[code].position), communes[code].name) for code in NAMED],
        _ground(),
    )


@cache
def _frame() -> _Frame:
    where = [commune.position for commune in all_communes().values()]
    west, east = min(position.longitude for position in where), max(position.longitude for position in where)
    south, north = min(position.latitude for position in where), max(position.latitude for position in where)
    flat, by_degree = cos(radians((south + north) / 2)), (WIDTH - 2 * MARGIN) / (east - west)
    return _Frame(west, north, by_degree, flat, round((north - south) * by_degree / flat) + 2 * MARGIN)


@cache
def _ground() -> str:
    """A path of points, which a round pen draws."""
    points = (_frame().point(*commune.position) for commune in all_communes().values())
    return "".join(f"M{x} {y}h0" for x, y in points)
