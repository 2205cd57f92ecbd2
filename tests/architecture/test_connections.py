"""A request takes one connection from the pool at a time: who holds one and asks for another can wait for itself."""

from typing import Any

import pytest
from fastapi import Depends, FastAPI

from chassis.db import Reading
from chassis.web import Command, FormCommand, Read, Transact, batcher, checked
from chassis.web.access import BatcherNamed
from tests.sites import SERVICES, below, dependency, routes, site_of

READ = dependency(Read)
BEGINS = {dependency(one) for one in (Transact, Command, FormCommand)}


def holding(app: FastAPI) -> list[str]:
    """Routes whose reading stays open while something else takes a connection."""
    found = []
    for route in routes(app):
        asked = [*below(route.dependant)]
        reads = [depth for depth, call in asked if call is READ]
        begins = any(call in BEGINS or isinstance(call, BatcherNamed) for _, call in asked)
        if reads and (begins or max(reads) > 0):
            found.append(f"{route.methods} {route.path}")
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_core_01_no_route_holds_a_connection_while_it_takes_another(service: str) -> None:
    assert holding(site_of(service).application()) == []


async def closed(reading: Reading) -> Reading:
    return reading


async def held(reading: Read) -> Reading:
    return reading


ASKED: dict[str, list[Any]] = {
    "form": [FormCommand, Read],
    "api": [Command, Read],
    "transaction": [Transact, Read],
    "batcher": [batcher("seats"), Read],
    "two": [held, Read],
    "harmless": [FormCommand, batcher("seats"), checked(closed)],
    "seen": [checked(closed), Read],
}


def test_core_01_a_route_that_holds_one_is_seen() -> None:
    app = FastAPI()
    for name, asked in ASKED.items():
        dependencies = [Depends(dependency(one)) for one in asked]
        app.add_api_route(f"/{name}", lambda: None, methods=["POST"], dependencies=dependencies)
    assert holding(app) == [f"{{'POST'}} /{name}" for name in ("form", "api", "transaction", "batcher", "two")]
