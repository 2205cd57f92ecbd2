"""Whatever is sent to any route of the four services, by anybody: an answer that helps, never a fault of ours.

`TEST_INPUTS` is how many times more is tried than in every run.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from tests.conftest import Created
from tests.inputs.asked import ROLES, Asker
from tests.inputs.awkward import AWKWARD, ODD, Filled, Route, all_routes, filled
from tests.inputs.seeds import known_ids, seeded
from tests.sites import SERVICES

MORE = int(os.environ.get("TEST_INPUTS", "1"))
ONE_OF = 24  # of the awkward requests; each run tries the same ones
WAITS = {"/readyz", "/statusz", "/{service}/etat"}  # for Kafka, which is away here


@dataclass(frozen=True)
class Attempt:
    """One value of a route is `value`; or it is missing, comes twice, is a file."""

    route: Route
    where: str
    name: str
    label: str
    value: Any = None

    def __str__(self) -> str:
        return f"{self.route.method} {self.route.path} {self.where} {self.name}: {self.label}"

    def of(self, given: Filled) -> Filled:
        match self.label:
            case "missing":
                del getattr(given, self.where)[self.name]
            case "file" | "twice":
                pass
            case _:
                given.change(self.where, self.name, self.value)
        return given

    @property
    def how(self) -> dict[str, str]:
        match self.label:
            case "file":
                return {"as_file": self.name}
            case "twice":
                return {"more": f"&{self.name}=other"}
            case _:
                return {}


def attempts(route: Route) -> Iterator[Attempt]:
    for where, name in route.values:
        if where == "body":
            yield from (Attempt(route, where, name, repr(odd), odd) for odd in ODD)
        if where == "form":
            yield from (Attempt(route, where, name, label) for label in ("missing", "file", "twice"))
        yield from (Attempt(route, where, name, label, value) for label, value in AWKWARD.items())


@pytest.mark.parametrize("service", SERVICES)
async def test_core_05_nothing_that_is_sent_is_a_fault_of_ours(service: str, migrated: Created) -> None:
    site = await seeded(service, await migrated(service))
    asker = Asker.of(site.application(), await known_ids(site.runtime.database))
    chosen, faults, seen = Random(service), [], dict[int, int]()
    for route in all_routes(asker.app):
        if route.path in WAITS:
            continue
        for who in ROLES.values():
            tried = [one for one in attempts(route) if chosen.random() * ONE_OF < MORE]
            for attempt in [Attempt(route, "", "", "missing"), *tried]:
                given = filled(route, asker.known)
                answer = await asker.ask(route, attempt.of(given) if attempt.name else given, who, **attempt.how)
                seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
                if answer.status_code >= 500:
                    faults.append(f"{attempt}: {answer.status_code}")
    await asker.client.aclose()
    await site.runtime.database.close()
    assert faults == []
    assert min(seen.get(status, 0) for status in (200, 404, 422)) > 0, seen
