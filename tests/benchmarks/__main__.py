"""python -m tests.benchmarks [NAME …]: those of `MEASURES` and `OF_THE_SYSTEM`; all when none is named."""

import gc
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import uvloop

from chassis.commands import COLLECT
from deploy.local.servers import ROOT, Servers, removed
from deploy.local.system import System
from tests.benchmarks import booking, catalogue, growth, http, intake, notices, relay, rest, search, sms
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Line, console, show

FOLDER = ROOT / ".local" / "bench"

MEASURES: Mapping[str, Callable[[Ground], Awaitable[Line | list[Line]]]] = {
    "relay": relay.drain,
    "freshness": relay.freshness,
    "intake": intake.take,
    "booking": booking.book,
    "notices": notices.notices,
    "growth": growth.grow,
    "search": search.search,
    "catalogue": catalogue.search,
}
OF_THE_SYSTEM: Mapping[str, Callable[[System], Awaitable[list[Line]]]] = {
    "idle": rest.idle,
    "sms": sms.form_to_sms,
    "http": http.bookings,
    "away": rest.away,
}
"""All services, each a process of its own. The last one leaves the system without Kafka."""


def main(wanted: list[str]) -> None:
    """Raises KeyError for a name that is none."""
    chosen = {*(wanted or [*MEASURES, *OF_THE_SYSTEM])}
    if unknown := chosen - {*MEASURES, *OF_THE_SYSTEM}:
        raise KeyError(*unknown)
    lines: list[Line] = []
    gc.freeze()
    gc.set_threshold(*COLLECT)
    if of_ground := [name for name in MEASURES if name in chosen]:
        with Servers.started(FOLDER, afresh=True) as servers:
            for name in of_ground:
                noted(lines, name, partial(_on_ground, MEASURES[name], servers))
    if of_system := [name for name in OF_THE_SYSTEM if name in chosen]:
        with System.started(FOLDER, afresh=True) as system:
            for name in of_system:
                noted(lines, name, partial(OF_THE_SYSTEM[name], system))
    removed(FOLDER)


def noted(lines: list[Line], name: str, measure: Callable[[], Awaitable[Line | list[Line]]]) -> None:
    console.print(f"measuring {name}…")
    found = uvloop.run(_awaited(measure))
    lines += found if isinstance(found, list) else [found]
    show(lines)


async def _awaited(measure: Callable[[], Awaitable[Line | list[Line]]]) -> Line | list[Line]:
    return await measure()


async def _on_ground(measure: Callable[[Ground], Awaitable[Line | list[Line]]], servers: Servers) -> Line | list[Line]:
    return await measure(Ground(servers))


if __name__ == "__main__":
    main(sys.argv[1:])
