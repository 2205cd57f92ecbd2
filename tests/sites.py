"""The four services, put together as they are in production, for tests that look at how."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi.dependencies.models import Dependant

from chassis.site import Site
from deploy.gateway.claims import routes
from services.booking.app import create_site as booking
from services.booking.settings import Settings as BookingSettings
from services.catalogue.app import create_site as catalogue
from services.catalogue.settings import Settings as CatalogueSettings
from services.notifications.app import create_site as notifications
from services.notifications.settings import Settings as NotificationsSettings
from services.prescription.app import create_site as prescription
from services.prescription.settings import Settings as PrescriptionSettings
from tests.actors import settings_for

SERVICES = ("prescription", "catalogue", "booking", "notifications")
__all__ = ["NOWHERE", "SERVICES", "below", "dependency", "routes", "site_of"]
NOWHERE = "postgresql+asyncpg://nobody:none@127.0.0.1:1/nothing"
PROVIDERS = {
    "smtp_host": "127.0.0.1",
}


def site_of(service: str, url: str = NOWHERE, **more: Any) -> Site:
    """Connected to nothing unless told."""
    created: dict[str, Callable[[], Site]] = {
        "prescription": lambda: prescription(settings_for(PrescriptionSettings, url, **more)),
        "catalogue": lambda: catalogue(settings_for(CatalogueSettings, url, **more)),
        "booking": lambda: booking(settings_for(BookingSettings, url, **more)),
        "notifications": lambda: notifications(settings_for(NotificationsSettings, url, **{**PROVIDERS, **more})),
    }
    return created[service]()


def dependency(asked: Any) -> Callable[..., Any]:
    """What FastAPI calls for `Read` and the like; a dependency is itself."""
    called: Callable[..., Any] = asked.__metadata__[0].dependency if hasattr(asked, "__metadata__") else asked
    return called


def below(dependant: Dependant, depth: int = 0) -> Iterator[tuple[int, object]]:
    """Everything the route depends on; what its endpoint itself asks for is at depth 0."""
    for one in dependant.dependencies:
        yield depth, one.call
        yield from below(one, depth + 1)
