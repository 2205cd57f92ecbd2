"""Which service answers which path, read from the applications' own routes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from chassis.site import Site
from chassis.web.middleware import ALIVE, WATCHED
from deploy.gateway.routing import Table, segment
from services.booking.app import create_site as booking
from services.booking.settings import Settings as BookingSettings
from services.catalogue.app import create_site as catalogue
from services.catalogue.settings import Settings as CatalogueSettings
from services.notifications.app import create_site as notifications
from services.notifications.settings import Settings as NotificationsSettings
from services.prescription.app import create_site as prescription
from services.prescription.settings import Settings as PrescriptionSettings

MADE_UP = "read by nobody, and long enough to sign with"
CONNECTED_TO_NOTHING = {
    "database_url": "postgresql+asyncpg://nobody:none@127.0.0.1:1/nothing",
    "bus": {"bootstrap": "127.0.0.1:1"},
    "smtp_host": "127.0.0.1",
    "local": True,
    **dict.fromkeys(("secret", "link_secret", "erasure_secret", "session_private_key"), MADE_UP),
    "session_keys": (),
}
SERVICES = ("prescription", "catalogue", "booking", "notifications")
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
        for path in sorted({segment(route.path) for route in routes(application(service))}):
            claimed[path].append(service)
    return claimed


def application(service: str) -> FastAPI:
    """Put a service together as it is in production, connected to nothing."""
    site: Site
    match service:
        case "prescription":
            site = prescription(PrescriptionSettings(**made_up(PrescriptionSettings)))
        case "catalogue":
            site = catalogue(CatalogueSettings(**made_up(CatalogueSettings)))
        case "booking":
            site = booking(BookingSettings(**made_up(BookingSettings)))
        case _:
            site = notifications(NotificationsSettings(**made_up(NotificationsSettings)))
    return site.application()


def made_up(settings: type[Any]) -> dict[str, Any]:
    """Return what the settings must be told."""
    return {name: value for name, value in CONNECTED_TO_NOTHING.items() if name in settings.model_fields}


def routes(within: Any) -> Iterator[APIRoute]:  # noqa: ANN401 - an application, or what it includes
    """Go through all routes, with what the application and the router they are in add to them."""
    for route in within.routes if hasattr(within, "routes") else within.effective_candidates():
        if hasattr(route, "effective_candidates"):
            yield from routes(route)
        elif hasattr(route, "dependant"):
            yield route
