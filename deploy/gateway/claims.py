"""Which service answers which path, read from the applications' own routes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi.routing import APIRoute

from chassis.web.middleware import ALIVE, WATCHED
from deploy.gateway.routing import Table, segment
from deploy.unconnected import SERVICES, site_of

CLOSED = frozenset({ALIVE, *WATCHED})
ROOT, FRONT = "", "catalogue"
"""Each service answers its root; behind the gateway it is the catalogue's."""


class NobodysPath(ValueError):
    """A first segment is claimed by some services, and neither by one nor by all."""


def table() -> Table:
    """Make the table. Raises NobodysPath."""
    own: defaultdict[str, list[str]] = defaultdict(list)
    shared, closed = [], sorted(path.removeprefix("/") for path in CLOSED)
    for path, services in sorted(claims().items()):
        if path in closed:
            continue
        if path == ROOT:
            own[FRONT].append(path)
        elif len(services) == 1:
            own[services[0]].append(path)
        elif len(services) == len(SERVICES):
            shared.append(path)
        else:
            raise NobodysPath(f"/{path}: {services}")
    return Table({service: own[service] for service in SERVICES}, shared, closed)


def claims() -> Mapping[str, Sequence[str]]:
    """Name the services that answer below each first segment."""
    claimed: defaultdict[str, list[str]] = defaultdict(list)
    for service in SERVICES:
        for path in sorted({segment(route.path) for route in routes(site_of(service).application())}):
            claimed[path].append(service)
    return claimed


def routes(within: Any) -> Iterator[APIRoute]:  # noqa: ANN401 - an application, or what it includes
    """Go through all routes, with what the application and the router they are in add to them."""
    for route in within.routes if hasattr(within, "routes") else within.effective_candidates():
        if hasattr(route, "effective_candidates"):
            yield from routes(route)
        elif hasattr(route, "dependant"):
            yield route
