"""What a person writes of a space by hand."""

from typing import Any, NamedTuple

from services.catalogue.standards import Place

NOWHERE = {"latitude": None, "longitude": None}


class SpaceDetails(NamedTuple):
    """Fields of the standard, rooms, and seats unless they stay as they are."""

    values: dict[str, Any]
    rooms: list[str]
    seats: int | None = None

    def over(self, was: Place) -> dict[str, Any]:
        """The values; a place that moves to another commune leaves its old position behind."""
        moved = self.values.get("commune", was.commune) != was.commune
        same_spot = all(self.values.get(name, getattr(was, name)) == getattr(was, name) for name in NOWHERE)
        return self.values | NOWHERE if moved and same_spot else self.values
