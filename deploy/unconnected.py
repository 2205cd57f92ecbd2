"""The services put together as in production, connected to nothing: for what is written from how they are made."""

from importlib import import_module
from typing import Any

from chassis.site import Site

SERVICES = ("prescription", "catalogue", "booking", "notifications")
NOBODYS = "nobody's secret, which signs nothing anywhere"
NOWHERE: dict[str, Any] = {
    "database_url": "postgresql+asyncpg://nobody:none@127.0.0.1:1/nothing",
    "bus": {"bootstrap": "127.0.0.1:1"},
    "smtp_host": "127.0.0.1",
    "local": True,
    "session_keys": (),
    **dict.fromkeys(("secret", "link_secret", "erasure_secret", "session_private_key"), NOBODYS),
}


def site_of(service: str) -> Site:
    """Put a service together with settings that reach nobody."""
    kind = import_module(f"services.{service}.settings").Settings
    settings = kind(**{name: value for name, value in NOWHERE.items() if name in kind.model_fields})
    site: Site = import_module(f"services.{service}.app").create_site(settings)
    return site
