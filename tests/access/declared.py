"""What a route's decorator declares: who may use it, and whose object it is about."""

from dataclasses import dataclass
from typing import Self

from fastapi.routing import APIRoute

from chassis.web import Allowed, anybody
from tests.architecture.test_services import dependencies
from tests.architecture.test_walls import said

YES, NO, REASON, NOTHING = "oui", "non", "raison", "rien"
EVERYBODY = {"sans compte", "administrator", "prescriber", "mediator"}
OWNERS = ("prescriber", "mediator")
REFUSALS = {NO, REASON, NOTHING}


@dataclass(frozen=True)
class Declared:
    """`how` and `what` as `Whose` has them; nothing of what has no owner: pages for all, the administration's."""

    roles: frozenset[str]
    how: str
    what: str

    @classmethod
    def of(cls, route: APIRoute) -> Self:
        asked = [*dependencies(route.dependant)]
        walls = [one.roles for one in asked if isinstance(one, Allowed)]
        roles = frozenset[str](EVERYBODY if anybody in asked else ()).union(*walls).intersection(*walls)
        whose = [*said(route)]
        return cls(roles, whose[0].how if whose else "", whose[0].what if whose else "")

    def asks_another(self, column: str) -> bool:
        """Whether there is another's to be refused to this one. What is a key's: to whoever has a wrong one."""
        return self.how == "keyed" or (self.how != "" and column in self.roles and column in OWNERS)

    def may_be(self, column: str) -> tuple[set[str], set[str]]:
        """What may be answered about the asker's own, and about another's; nothing when nobody is asked that."""
        if column not in self.roles:
            return {NO}, {""}
        match self.how:
            case "keyed":
                return {YES}, {NO}
            case "checked" | "within":
                return ({YES}, REFUSALS) if column in OWNERS else ({YES, REASON}, {""})
            case "listed":
                return ({YES}, {NOTHING}) if column in OWNERS else ({YES, NOTHING}, {""})
            case _:
                return {YES}, {YES, ""}
