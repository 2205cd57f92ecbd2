"""Caddy, as the launcher starts it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import gateway
from deploy.local.gateway import CADDY, CONFIGURATION, GATEWAY, SERVES
from deploy.local.processes import Child, Children
from deploy.local.servers import free_ports


def start(
    children: Children, folder: Path, urls: Mapping[str, str], certificate: tuple[Path, Path] | None = None
) -> Child:
    """Start it on the gateway's port, with TLS where there is a certificate."""
    if not certificate:
        return serving(gateway.start(children, folder, urls))
    more = folder / GATEWAY
    more.mkdir(parents=True)
    (more / "tls.caddy").write_text(f"tls {certificate[0]} {certificate[1]}\n", encoding="utf-8")
    address = f"https://127.0.0.1:{urlsplit(urls[GATEWAY]).port}"
    env = gateway.environment(folder, urls) | {"GATEWAY_ADDRESS": address, "GATEWAY_HTTP_PORT": str(free_ports(1)[0])}
    return serving(told(children, folder, env))


def told(children: Children, folder: Path, env: Mapping[str, str]) -> Child:
    """Start it with another environment than the launcher's."""
    command: list[str | Path] = [CADDY, "run", "--adapter", "caddyfile", "--config", CONFIGURATION]
    return children.start(GATEWAY, command, folder / "gateway.log", env=env)


def serving(child: Child) -> Child:
    child.wait_for(SERVES)
    return child


def adapted(**env: str) -> str:
    """The configuration as Caddy understands it, when it is told this and nothing else. Raises CalledProcessError."""
    command: list[str | Path] = [CADDY, "adapt", "--adapter", "caddyfile", "--config", CONFIGURATION]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own
