"""What the routes of a service are about: objects of PRESCRIBER and of MEDIATOR, whom others of their role follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any
from uuid import UUID

from tests.inputs.awkward import Filled, Route, filled

Values = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """`values` by their names in routes; those of `others` for routes whose method and path fit a pattern.

    `names` are what tells who the person is: never in a refusal. `marks`: by path, what a list shows of the owner's;
    the first name when nothing is said. `guessed`: keys as somebody would try them. `opening`: where a reason is given.
    """

    values: Values
    others: Mapping[str, Values]
    names: Sequence[str] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    guessed: Values = field(default_factory=dict)
    opening: str = ""

    def values_of(self, route: Route) -> dict[str, Any]:
        values = {**self.values}
        for pattern, more in self.others.items():
            if fnmatch(f"{route.method} {route.path}", pattern):
                values |= more
        return values

    def filled(self, route: Route, more: Values) -> Filled:
        """A request that is right, but for whose it is. `more`: other values."""
        values = {**self.values_of(route), **more}
        given = filled(route, {name: [value] for name, value in values.items() if isinstance(value, UUID)})
        for place in (given.path, given.query, given.form, given.body):
            place.update({name: sent(values[name]) for name in place if name in values})
        return given

    def mark(self, route: Route) -> str:
        return self.marks.get(route.path, self.names[0] if self.names else "")


def sent(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value
