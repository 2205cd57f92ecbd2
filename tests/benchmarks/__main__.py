"""python -m tests.benchmarks [NAME …]: those that are named; or all, as long as `BUDGET` lasts."""

import gc
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvloop

from chassis.commands import COLLECT
from deploy.local.servers import ROOT, Servers, removed
from deploy.local.system import System
from tests.benchmarks import booking, catalogue, growth, http, intake, notices, places, relay, rest, search, sms
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Line, console, show

FOLDER = ROOT / ".local" / "bench"
BUDGET = 480  # seconds, after which no other section begins

Measure = Callable[[Any], Awaitable[Line | list[Line]]]


@dataclass(frozen=True)
class Sections:
    """Measures by their names, and what runs under them."""

    started: Callable[[], AbstractContextManager[Any]]
    measures: Mapping[str, Measure]


ON_SERVERS = partial(Servers.started, FOLDER, afresh=True)
ALL = (
    Sections(
        ON_SERVERS,
        {
            "relay": lambda servers: relay.drain(Ground(servers)),
            "freshness": lambda servers: relay.freshness(Ground(servers)),
            "intake": lambda servers: intake.take(Ground(servers)),
            "booking": lambda servers: booking.book(Ground(servers)),
            "catalogue": lambda servers: catalogue.search(Ground(servers)),
        },
    ),
    Sections(
        partial(System.started, FOLDER, afresh=True),
        {"idle": rest.idle, "http": http.bookings, "sms": sms.form_to_sms, "places": places.imports, "away": rest.away},
    ),
    Sections(
        ON_SERVERS,
        {
            "growth": lambda servers: growth.grow(Ground(servers)),
            "search": lambda servers: search.search(Ground(servers)),
            "notices": lambda servers: notices.notices(Ground(servers)),
        },
    ),
)
"""The long ones last. «away» leaves the system without Kafka."""


def main(wanted: list[str]) -> None:
    """Raises KeyError for a name that is none."""
    known = [name for sections in ALL for name in sections.measures]
    if unknown := {*wanted} - {*known}:
        raise KeyError(*unknown)
    until = time.monotonic() + BUDGET if not wanted else float("inf")
    lines: list[Line] = []
    gc.freeze()
    gc.set_threshold(*COLLECT)
    left = [name for sections in ALL for name in run(sections, wanted or known, until, lines)]
    removed(FOLDER)
    show(lines)
    if left:
        console.print(f"the time is over; left out, to be named: {' '.join(left)}")


def run(sections: Sections, wanted: list[str], until: float, lines: list[Line]) -> list[str]:
    """Add to the lines. Return the names of those that there was no time for."""
    waiting = [name for name in sections.measures if name in wanted]
    if waiting and time.monotonic() < until:
        with sections.started() as running:
            while waiting and time.monotonic() < until:
                name = waiting.pop(0)
                console.print(f"measuring {name}…")
                found = uvloop.run(_measured(sections.measures[name], running))
                lines += found if isinstance(found, list) else [found]
                show(lines)
    return waiting


async def _measured(measure: Measure, running: object) -> Line | list[Line]:
    return await measure(running)


if __name__ == "__main__":
    main(sys.argv[1:])
