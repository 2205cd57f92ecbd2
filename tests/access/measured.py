"""What each route answers to each role, about its own object and about another's: the same request, another asker."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Self

import httpx
from fastapi import FastAPI

from chassis.web import Principal
from tests.access.declared import NO, NOTHING, REASON, YES, Declared
from tests.access.rows import Rows
from tests.access.world import World
from tests.actors import ADMINISTRATOR, MEDIATOR, OTHER_MEDIATOR, PRESCRIBER
from tests.inputs.asked import Asker
from tests.inputs.awkward import Filled, Route, described
from tests.prescription.conftest import OTHER_PRESCRIBER
from tests.sites import routes

COLUMNS: Mapping[str, tuple[Principal | None, Principal | None]] = {
    "sans compte": (None, None),
    "administrator": (ADMINISTRATOR, ADMINISTRATOR),
    "prescriber": (PRESCRIBER, OTHER_PRESCRIBER),
    "mediator": (MEDIATOR, OTHER_MEDIATOR),
}
"""Whose the objects are, and another of the same role."""
FAULT = 500
OWNED, FOLLOWED = {"checked", "within"}, {"listed", "keyed"}


@dataclass(frozen=True)
class Cell:
    """`other` is empty where nothing is another's."""

    own: str
    other: str

    def __str__(self) -> str:
        return " / ".join(filter(None, (self.own, self.other)))


@dataclass(frozen=True)
class Line:
    route: Route
    declared: Declared
    cells: Mapping[str, Cell]

    @property
    def name(self) -> str:
        return f"{self.route.method} {self.route.path}"

    def wrong(self) -> list[str]:
        """Where the answers are not what the decorator declares."""
        found = []
        for column, cell in self.cells.items():
            own, other = self.declared.may_be(column)
            if cell.own not in own or cell.other not in other:
                found.append(f"{self.name}, {column}: {cell}")
        return found


@dataclass(frozen=True)
class Measuring:
    world: World
    asker: Asker
    rows: Rows

    @classmethod
    def of(cls, app: FastAPI, world: World, rows: Rows) -> Self:
        return cls(world, Asker.of(app, {}), rows)

    async def lines(self, how: Collection[str] = (), path: str = "") -> AsyncIterator[Line]:
        """Each route; with `how`, those whose decorator says one of these; with `path`, that one."""
        for route in routes(self.asker.app):
            declared = Declared.of(route)
            if (how and declared.how not in how) or (path and route.path != path):
                continue
            for method in sorted((route.methods or set()) - {"HEAD"}):
                asked = described(route, method)
                cells = {column: await self.cell(asked, declared, column) for column in COLUMNS}
                yield Line(asked, declared, cells)

    async def cell(self, route: Route, declared: Declared, column: str) -> Cell:
        owner, another = COLUMNS[column]
        own = await self.answered(route, declared, owner)
        if not declared.asks_another(column):
            return Cell(own, "")
        return Cell(own, await self.answered(route, declared, another, guess=declared.how == "keyed"))

    async def answered(self, route: Route, declared: Declared, who: Principal | None, *, guess: bool = False) -> str:
        """In a word; whatever it changed is put back. It may be on another page, to which the answer leads."""
        given = self.world.filled(route, self.world.guessed if guess else {})
        asker = replace(self.asker, key="a guess") if guess else self.asker
        answer = await asker.ask(route, given, who)
        if declared.how in FOLLOWED and answer.has_redirect_location and not refused(answer, declared):
            to = Route("GET", answer.headers["location"], (), {}, {}, {})
            answer = await self.asker.ask(to, Filled(), who)
        word = self.judged(route, declared, answer, await self._put_back())
        if word == REASON and not await self.opens(route, given, who):
            return f"{REASON}, qui n'ouvre rien"
        return word

    async def opens(self, route: Route, given: Filled, who: Principal | None) -> bool:
        """Whether the same is done once a reason was given."""
        opening = Route("POST", self.world.opening, ("beneficiary_id",), {}, {"why": {}}, {})
        person = self.world.values_of(route)["beneficiary_id"]
        await self.asker.ask(opening, Filled({"beneficiary_id": person}, form={"why": "Elle est là."}), who)
        answer = await self.asker.ask(route, given, who)
        await self._put_back()
        return not answer.is_error

    async def _put_back(self) -> Collection[str]:
        """Which tables had been changed."""
        if changed := await self.rows.changed():
            await self.rows.put_back(changed)
        return changed

    def judged(self, route: Route, declared: Declared, answer: httpx.Response, changed: Collection[str]) -> str:
        if refused(answer, declared):
            word = REASON if asks_why(answer) else NO
            named = [name for name in self.world.names if name in answer.text]
            return ", ".join(
                [word, *(f"et change {table}" for table in changed), *(f"et nomme {one}" for one in named)]
            )
        if (declared.how not in {"", "keyed"} and answer.is_error) or answer.status_code == FAULT:
            return str(answer.status_code)
        if declared.how in OWNED and route.method != "GET" and not changed:
            return NOTHING
        if declared.how == "listed" and self.world.mark(route) not in answer.text:
            return NOTHING
        return YES


def refused(answer: httpx.Response, declared: Declared) -> bool:
    """What has an owner or a key is not there for others."""
    signed_out = answer.headers.get("location", "").startswith("/connexion?retour=")
    return signed_out or answer.status_code in ({401, 403, 404} if declared.how else {401, 403})


def asks_why(answer: httpx.Response) -> bool:
    """A page that asks for a reason, or the API's problem that says so."""
    return 'name="why"' in answer.text or "reason-asked" in answer.text
