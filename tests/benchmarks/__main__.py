"""python -m tests.benchmarks [NAME …]: those of `MEASURES` and «sms»; all when none is named."""

import gc
import sys
from collections.abc import Awaitable, Callable

import uvloop

from chassis.commands import COLLECT
from deploy.local.servers import ROOT, Servers, removed
from tests.benchmarks import booking, catalogue, growth, intake, notices, relay, search, sms
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Line, console, show

FOLDER = ROOT / ".local" / "bench"

MEASURES: dict[str, Callable[[Ground], Awaitable[Line | list[Line]]]] = {
    "relay": relay.drain,
    "freshness": relay.freshness,
    "intake": intake.take,
    "booking": booking.book,
    "notices": notices.notices,
    "growth": growth.grow,
    "search": search.search,
    "catalogue": catalogue.search,
}


def main(wanted: list[str]) -> None:
    lines: list[Line] = []
    gc.freeze()
    gc.set_threshold(*COLLECT)
    with Servers.started(FOLDER, afresh=True) as servers:
        for name, measure in MEASURES.items():
            if not wanted or name in wanted:
                console.print(f"measuring {name}…")
                found = uvloop.run(_one(measure, servers))
                lines += found if isinstance(found, list) else [found]
                show(lines)
    if not wanted or "sms" in wanted:
        console.print("measuring sms…")
        lines.append(sms.form_to_sms(FOLDER))
    removed(FOLDER)
    show(lines)


async def _one(measure: Callable[[Ground], Awaitable[Line | list[Line]]], servers: Servers) -> Line | list[Line]:
    return await measure(Ground(servers))


if __name__ == "__main__":
    main(sys.argv[1:])
