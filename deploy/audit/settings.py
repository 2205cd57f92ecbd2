"""Where the four databases and the bus are: by environment, or those of a system of `deploy.local`."""

import json
import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SERVICES = ("prescription", "catalogue", "booking", "notifications")
MISSING = "Il manque {} : donnez les quatre bases et le bus, ou --system DOSSIER."


class SettingMissing(RuntimeError):
    """The sentence says which."""


@dataclass(frozen=True)
class Where:
    """`databases` maps each service to a postgresql:// URL, `bus` are the arguments of any aiokafka client.

    `clock` is a file that holds the seconds by which a demonstration has moved its time.
    """

    databases: Mapping[str, str]
    bus: Mapping[str, Any]
    clock: Path | None = None

    @property
    def now(self) -> datetime:
        moved = float(self.clock.read_text()) if self.clock and self.clock.exists() else 0.0
        return datetime.fromtimestamp(time.time() + moved, UTC)


def of_system(folder: Path) -> Where:
    """The servers that `python -m deploy.local run` keeps up in that folder."""
    known = json.loads((folder / "servers.json").read_text())
    kafka, _, postgres = known["ports"][:3]
    urls = {name: f"postgresql://{name}:{known['password']}@127.0.0.1:{postgres}/{name}" for name in SERVICES}
    return Where(urls, {"bootstrap_servers": f"127.0.0.1:{kafka}"}, folder / "clock")


def of_environment(variables: Mapping[str, str] = os.environ) -> Where:
    """Raises SettingMissing."""
    names = {service: f"PASS_AUDIT_{service.upper()}" for service in SERVICES}
    absent = [name for name in (*names.values(), "PASS_BUS__BOOTSTRAP") if not variables.get(name)]
    if absent:
        raise SettingMissing(MISSING.format(", ".join(absent)))
    urls = {service: variables[name].replace("+asyncpg", "") for service, name in names.items()}
    return Where(urls, _client(variables))


def _client(variables: Mapping[str, str]) -> dict[str, Any]:
    """SCRAM-SHA-512 with a user, TLS with a file of authorities; the variables are those of the services."""
    user, authorities = variables.get("PASS_BUS__USERNAME", ""), variables.get("PASS_BUS__CA_FILE", "")
    protocol = ("SASL_" if user else "") + ("SSL" if authorities else "PLAINTEXT")
    client: dict[str, Any] = {"bootstrap_servers": variables["PASS_BUS__BOOTSTRAP"], "security_protocol": protocol}
    if authorities:
        client["ssl_context"] = ssl.create_default_context(cafile=authorities)
    if user:
        password = variables.get("PASS_BUS__PASSWORD", "")
        client |= {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": user, "sasl_plain_password": password}
    return client
