"""What each service consumes, asked of the services themselves: they are put together, and connected to nothing."""

from collections.abc import Sequence
from importlib import import_module

from chassis.bus import Bus
from chassis.site import Site
from contracts.topics import Topic

SERVICES = ("prescription", "catalogue", "booking", "notifications")
NOBODYS = "nobody's secret, which signs nothing anywhere"
NOWHERE = {
    "database_url": "postgresql+asyncpg://nobody@127.0.0.1:1/nothing",
    "bus": Bus(bootstrap="127.0.0.1:1"),
    "secret": NOBODYS,
    "session_keys": (),
    "session_private_key": NOBODYS,
    "link_secret": NOBODYS,
    "erasure_secret": NOBODYS,
    "smtp_host": "127.0.0.1",
}


def consumed() -> dict[str, Sequence[Topic]]:
    return {
        service: [subscription.topic for subscription in _site(service).runtime.declared.subscriptions]
        for service in SERVICES
    }


def _site(service: str) -> Site:
    kind = import_module(f"services.{service}.settings").Settings
    settings = kind(**{name: value for name, value in NOWHERE.items() if name in kind.model_fields})
    site: Site = import_module(f"services.{service}.app").create_site(settings)
    return site
