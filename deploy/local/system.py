"""The four services behind their one address, beside their servers and the world outside, while the launcher runs."""

import asyncio
import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Self

import httpx
from joserfc.jwk import OKPKey
from sqlalchemy import MetaData

from chassis.clock import Clock
from chassis.migration import migrate_now
from chassis.web import Principal
from chassis.web.tokens import Signer, begun, new_key
from contracts.topics import TOPICS
from deploy.local import gateway
from deploy.local.gateway import GATEWAY
from deploy.local.letters import letters
from deploy.local.processes import Child
from deploy.local.servers import ROOT, Servers

TITLES = {
    "prescription": "Prescription",
    "catalogue": "Catalogue",
    "booking": "Réservation",
    "notifications": "Messages",
}
PERSONAS = Path(__file__).with_name("personas.json")
LOOK_EVERY = 0.5  # seconds
READY_WITHIN = 90.0  # seconds
HTTP = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))
"""For all: a new one reads the certificates of this machine first. No connection stays: services end and start."""


class NotReady(RuntimeError):
    pass


@dataclass
class System:
    """`urls` maps each service, «outside» and the gateway to its address; `databases` each service to its own."""

    servers: Servers
    folder: Path
    urls: dict[str, str]
    databases: dict[str, str]
    _closing: threading.Event = field(default_factory=threading.Event)

    @classmethod
    @contextlib.contextmanager
    def started(cls, folder: Path, *, afresh: bool = False) -> Iterator[Self]:
        """Everything runs while this is open: a service that dies is started again."""
        with Servers.started(folder, afresh=afresh) as servers:
            system = cls(servers, folder, addresses(servers.ports), {})
            system.prepare()
            system.start_outside()
            for service in TITLES:
                system.start_service(service)
            watch = threading.Thread(target=system.watch, daemon=True)
            watch.start()
            try:
                system.wait_until_ready()
                system.start_gateway().wait_for(gateway.SERVES)
                yield system
            finally:
                system._closing.set()
                watch.join()

    @property
    def url(self) -> str:
        """Return the one address for people."""
        return self.urls[GATEWAY]

    @property
    def clock_file(self) -> Path:
        """Holds the seconds by which the demonstration has moved the clock."""
        return self.folder / "clock"

    def prepare(self) -> None:
        """Topics, databases and their shape."""
        self.servers.kafka.create_topics_now(TOPICS.values())
        for service in TITLES:
            self.databases[service] = self._migrated(service)
        if not self.clock_file.exists():
            self.clock_file.write_text("0")

    def _migrated(self, service: str) -> str:
        """Its database, made and migrated by its owner, as the role that serves sees it."""
        postgres, role = self.servers.postgres, f"{service}_serves"
        owner = asyncio.run(postgres.create_database(service))
        asyncio.run(postgres.create_role(role))
        migrate_now(owner, ROOT / "services" / service / "migrations", MetaData(), role=role)
        return postgres.url(service, role)

    def start_outside(self) -> Child:
        http, smtp = self.urls["outside"].rpartition(":")[2], self.servers.ports[-1]
        receipts = f"{self.urls['notifications']}/api/notifications/receipts/sms"
        command = [sys.executable, "-m", "deploy.local.outside", http, str(smtp), receipts]
        secrets = {"OUTSIDE_TOKEN": self.servers.secret, "OUTSIDE_SECRET": self.servers.secret}
        return self._start("outside", command, secrets)

    def start_gateway(self) -> Child:
        """Start it in front of services that are ready: it takes them for so until it has seen the contrary."""
        return gateway.start(self.servers.children, self.folder, self.urls)

    def start_service(self, service: str) -> Child:
        return self._start(service, [sys.executable, "-m", f"services.{service}", "serve"], self.environment(service))

    def environment(self, service: str) -> dict[str, str]:
        """What the service is told; commands such as `replay` need the same."""
        port = self.urls[service].rpartition(":")[2]
        others = {title: self.urls[name] for name, title in TITLES.items() if name != service}
        common = {
            "PASS_DATABASE_URL": self.databases[service],
            "PASS_BUS__BOOTSTRAP": self.servers.kafka.bootstrap,
            "PASS_SECRET": self.servers.secret,
            "PASS_SESSION_KEYS": json.dumps([self.session_key.as_dict(private=False)]),
            "PASS_LINK_SECRET": self.servers.secret,
            "PASS_ERASURE_SECRET": self.servers.secret,
            "PASS_PORT": port,
            "PASS_PUBLIC_URL": self.url,
            "PASS_GATEWAYS": json.dumps(["127.0.0.1"]),
            "PASS_INTERNAL_NEIGHBOURS": json.dumps(others),
            "PASS_LOCAL": "true",
            **({"PASS_LETTERS_FOLDER": str(self.letters)} if self.letters else {}),
            "PASS_CLOCK_OFFSET_FILE": str(self.clock_file),
            "PASS_INSTANCE": "local",
            "PASS_DRAIN": "0",
        }
        return common | self._own(service)

    def _own(self, service: str) -> dict[str, str]:
        """What one service alone is told."""
        match service:
            case "prescription":
                private = json.dumps(self.session_key.as_dict(private=True))
                return {"PASS_SESSION_PRIVATE_KEY": private, "PASS_PERSONAS_FILE": str(PERSONAS)}
            case "notifications":
                return self._providers()
            case _:
                return {}

    @cached_property
    def session_key(self) -> OKPKey:
        """Signs the sign-ins of this system; the same each time that it starts."""
        file = self.folder / "session.json"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(new_key()[0])
        return OKPKey.import_key(json.loads(file.read_text()))

    @cached_property
    def letters(self) -> Path | None:
        return letters()

    def token_for(self, principal: Principal) -> str:
        """A bearer token for the API, from now on by the demonstration's clock."""
        signer = Signer(json.dumps(self.session_key.as_dict(private=True)))
        return signer.sign(begun(principal, Clock(self.clock_file).now()), "api")

    def _providers(self) -> dict[str, str]:
        return {
            "PASS_RESIDENT_URL": self.url,
            "PASS_SMS": json.dumps(self._sms()),
            "PASS_MAIL_SECRET": self.servers.secret,
            "PASS_QUIET_HOURS": "false",  # the demonstration is played at any hour
            "PASS_SMTP_HOST": "127.0.0.1",
            "PASS_SMTP_PORT": str(self.servers.ports[-1]),
        }

    def _sms(self) -> list[dict[str, str | int]]:
        """Both are played by the world outside, and its gateway, to which residents write STOP."""
        outside, secret = self.urls["outside"], self.servers.secret
        common: dict[str, str | int] = {"token": secret, "secret": secret, "consumer": secret, "per_second": 200}
        ovh = {"url": f"{outside}/ovh/1.0", "user": "demo-application", "account": "sms-dm00001-1"}
        return [
            {"name": "ovh", "kind": "ovh", **ovh, **common},
            {"name": "brevo", "kind": "brevo", "url": f"{outside}/brevo/v3", **common},
        ]

    def _start(self, name: str, command: list[str], env: Mapping[str, str]) -> Child:
        log = self.folder / "logs" / f"{name}.log"
        return self.servers.children.start(name, command, log, env={**env, "PYTHONPATH": str(ROOT)})

    def watch(self) -> None:
        """What ends is started again, until the system closes."""
        running = self.servers.children.running
        while not self._closing.wait(LOOK_EVERY):
            for name, start in self._starts().items():
                if name in running and not running[name].running and not self._closing.is_set():
                    start()

    def _starts(self) -> Mapping[str, Callable[[], Child]]:
        services = {service: partial(self.start_service, service) for service in TITLES}
        return {**services, "outside": self.start_outside, GATEWAY: self.start_gateway}

    def wait_until_ready(self) -> None:
        """Raises NotReady with the last reason."""
        deadline = time.monotonic() + READY_WITHIN
        for service in TITLES:
            while reason := faults(self.urls[service]):
                if time.monotonic() > deadline:
                    raise NotReady(f"{service} n'est pas prêt : {reason}")
                time.sleep(0.1)


def addresses(ports: Sequence[int]) -> dict[str, str]:
    """Give each a port; the last one is for letters."""
    named = zip([*TITLES, "outside", GATEWAY], ports[:-1], strict=True)
    return {name: f"http://127.0.0.1:{port}" for name, port in named}


def faults(url: str) -> str:
    """Why the service does not do all its work, consumers and jobs included; nothing when it does."""
    try:
        answer = HTTP.get(f"{url}/statusz", timeout=5)
    except httpx.HTTPError as error:
        return type(error).__name__
    return "" if answer.is_success else answer.text
