"""The one address on this machine: Caddy, told by the same file as elsewhere, on loopback."""

import sysconfig
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from deploy.gateway.wording import PARTS
from deploy.local.processes import Child, Children

FILES = Path(__file__).parents[1] / "gateway"
CONFIGURATION = FILES / "Caddyfile"
CADDY = Path(sysconfig.get_path("scripts")) / "caddy"
GATEWAY = "gateway"
SERVES = "serving initial configuration"
"""It writes so once its port is open."""


def start(children: Children, folder: Path, urls: Mapping[str, str], configuration: Path = CONFIGURATION) -> Child:
    """Start it on the port of its own URL, in front of the services' URLs; its log is in the folder's `logs`."""
    command: list[str | Path] = [CADDY, "run", "--adapter", "caddyfile", "--config", configuration]
    return children.start(GATEWAY, command, folder / "logs" / f"{GATEWAY}.log", env=environment(folder, urls))


def environment(folder: Path, urls: Mapping[str, str]) -> dict[str, str]:
    """Return what the configuration leaves to each place. Here a service says on its only port how it does."""
    services = {service: urlsplit(urls[service]) for service in PARTS}
    return {
        "GATEWAY_ADDRESS": f"http://:{urlsplit(urls[GATEWAY]).port}",
        "GATEWAY_BIND": "127.0.0.1",
        "GATEWAY_MORE": str(folder / GATEWAY / "*.caddy"),
        "GATEWAY_PAGES": str(FILES / "pages"),
        "XDG_DATA_HOME": str(folder / GATEWAY),
        "XDG_CONFIG_HOME": str(folder / GATEWAY),
        **{f"GATEWAY_{service.upper()}": url.netloc for service, url in services.items()},
        **{f"GATEWAY_{service.upper()}_INTERNAL_PORT": str(url.port) for service, url in services.items()},
    }
