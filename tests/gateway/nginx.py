"""nginx, told by the same table: its file is filled in as envsubst would."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.gateway.wording import PARTS
from deploy.local.gateway import FILES
from deploy.local.processes import Child, Children
from tests import programs
from tests.waiting import until_now


def start(
    children: Children, folder: Path, urls: Mapping[str, str], certificate: tuple[Path, Path] | None = None
) -> Child:
    """Start it on the gateway's port. Its access log is what it writes. Skips the test where there is none."""
    program = programs.path_of("nginx")
    if not program:
        pytest.skip(f"no nginx on this machine: {programs.PROGRAMS['nginx'].how}")
    folder.mkdir(parents=True, exist_ok=True)
    certified = f"ssl_certificate {certificate[0]};\nssl_certificate_key {certificate[1]};\n" if certificate else ""
    (folder / "tls.conf").write_text(certified, encoding="utf-8")
    listen = urlsplit(urls["gateway"]).netloc + (" ssl" if certificate else "")
    values = variables(folder, urls) | {"GATEWAY_LISTEN": listen}
    configuration = folder / "nginx.conf"
    configuration.write_text(filled((FILES / "nginx.conf.template").read_text(encoding="utf-8"), values), "utf-8")
    user = "user root; " if os.geteuid() == 0 else ""
    command: list[str | Path] = [program, "-c", configuration, "-e", "stderr", "-g", f"daemon off; {user}"]
    child = children.start("nginx", command, folder / "nginx.log")
    until_now((folder / "nginx.pid").exists, "nginx serves")
    return child


def variables(folder: Path, urls: Mapping[str, str]) -> dict[str, str]:
    return {
        "GATEWAY_PAGES": str(FILES / "pages"),
        "GATEWAY_TLS": str(folder / "tls.conf"),
        "GATEWAY_RUN": str(folder),
        "GATEWAY_LOG": "/dev/stdout",
        **{f"GATEWAY_{service.upper()}": urlsplit(urls[service]).netloc for service in PARTS},
    }


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put the values in; a variable of nginx's own has no braces. Raises KeyError for one that is missing."""
    return re.sub(r"\$\{(GATEWAY_\w+)\}", lambda found: values[found[1]], text)
