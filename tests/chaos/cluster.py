"""Two instances of booking and of notifications, one of the others; every link of theirs goes through a proxy."""

import asyncio
import random
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from deploy.local.processes import Child
from deploy.local.servers import ROOT, Servers, free_ports
from deploy.local.system import System, addresses
from tests.chaos.links import Link

INSTANCES = {"prescription": 1, "catalogue": 1, "booking": 2, "notifications": 2}
LEADER = """
    SELECT client_port FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE datname = $1 AND application_name LIKE 'relay%' AND locktype = 'advisory' AND granted LIMIT 1
"""
LOOK_EVERY = 0.5  # seconds
READY_WITHIN = 120  # seconds
UNCLEAR = {"PASS_INTERRUPTED_AFTER": "PT20S", "PASS_UNKNOWN_AFTER": "PT60S"}
"""A message without an answer is asked about, and handed to a person, sooner than in life: a run waits for it."""


@dataclass(eq=False)
class Instance:
    """`links` are to its «database», to the «bus», and of notifications to the «providers»."""

    service: str
    number: int
    port: int
    links: dict[str, Link]
    env: dict[str, str]
    child: Child | None = None
    down_on_purpose: bool = False

    @property
    def name(self) -> str:
        return f"{self.service}-{self.number}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def runs(self) -> bool:
        return self.child is not None and self.child.running


@dataclass(eq=False)
class Cluster:
    """`ended_alone` counts the instances that ended without having been told to."""

    system: System
    instances: list[Instance]
    ended_alone: list[str] = field(default_factory=list)
    closing: bool = False

    @classmethod
    @contextmanager
    def prepared(cls, folder: Path) -> Iterator["Cluster"]:
        """Kafka, PostgreSQL and the world outside run; nothing is left when this is closed."""
        with Servers.started(folder, afresh=True) as servers:
            urls = addresses(servers.ports)
            ports = {name: int(url.rpartition(":")[2]) for name, url in urls.items()}
            system = System(servers, folder, urls, {})
            cluster = cls(system, [])
            listeners = cluster._made(ports)
            heard_through_proxies(servers, listeners)
            system.prepare()
            system.start_outside()
            for instance in cluster.instances:
                instance.env |= cluster._environment(instance)
            yield cluster

    def _made(self, ports: dict[str, int]) -> dict[int, int]:
        """The instances; and of each proxy to Kafka the port that Kafka itself listens on."""
        postgres, outside = self.system.servers.postgres.port, ports["outside"]
        listeners: dict[int, int] = {}
        for service, count in INSTANCES.items():
            for number in range(1, count + 1):
                own, database, bus, kafka, providers = free_ports(5)
                listeners[bus] = kafka
                name, port = f"{service}-{number}", ports[service] if number == 1 else own
                links = {
                    "database": Link(f"{name} → database", database, postgres),
                    "bus": Link(f"{name} → bus", bus, kafka),
                }
                if service == "notifications":
                    links["providers"] = Link(f"{name} → providers", providers, outside)
                self.instances.append(Instance(service, number, port, links, {}))
        return listeners

    def _environment(self, instance: Instance) -> dict[str, str]:
        env, links = self.system.environment(instance.service), instance.links
        database = f":{self.system.servers.postgres.port}/"
        env |= {
            "PASS_PORT": str(instance.port),
            "PASS_DATABASE_URL": env["PASS_DATABASE_URL"].replace(database, f":{links['database'].port}/"),
            "PASS_BUS__BOOTSTRAP": f"127.0.0.1:{links['bus'].port}",
            "PASS_INSTANCE": "",
            "PYTHONPATH": str(ROOT),
        }
        if "providers" in links:
            through = f"http://127.0.0.1:{links['providers'].port}"
            env["PASS_SMS"] = env["PASS_SMS"].replace(self.system.urls["outside"], through)
            env |= UNCLEAR
        return env

    def of(self, service: str) -> Sequence[Instance]:
        return [instance for instance in self.instances if instance.service == service]

    def links(self, *kinds: str) -> list[Link]:
        return [link for instance in self.instances for kind, link in instance.links.items() if kind in kinds]

    async def start_all(self) -> None:
        """Until all are ready. Raises TimeoutError."""
        for link in self.links("database", "bus", "providers"):
            await link.listen()
        for instance in self.instances:
            await self.start(instance)
        async with asyncio.timeout(READY_WITHIN):
            for instance in self.instances:
                await until_ready(instance)

    async def start(self, instance: Instance) -> None:
        command = [sys.executable, "-m", f"services.{instance.service}", "serve"]
        log, children = self.system.folder / "logs" / f"{instance.name}.log", self.system.servers.children
        instance.child = await asyncio.to_thread(children.start, instance.name, command, log, env=instance.env)
        instance.down_on_purpose = False

    async def supervise(self) -> None:
        """What ends is started again."""
        while not self.closing:
            for instance in self.instances:
                if not instance.runs and not instance.down_on_purpose and not self.closing:
                    self.ended_alone.append(instance.name)
                    await self.start(instance)
            await asyncio.sleep(LOOK_EVERY)

    async def leader(self, service: str) -> Instance | None:
        """Who publishes for that service just now."""
        try:
            connection = await asyncpg.connect(self.system.servers.postgres.dsn, timeout=3)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None
        port = await connection.fetchval(LEADER, service)
        await connection.close()
        return next((one for one in self.of(service) if port and one.links["database"].carries(port)), None)

    async def mend(self) -> None:
        """All links open, nothing stands still."""
        for link in self.links("database", "bus", "providers"):
            link.set("open")
        for instance in self.instances:
            if instance.child is not None:
                instance.child.send(signal.SIGCONT)

    async def close(self) -> None:
        self.closing = True
        await self.mend()
        for instance in self.instances:
            if instance.child is not None:
                await asyncio.to_thread(instance.child.kill)
        for link in self.links("database", "bus", "providers"):
            await link.close()

    def picked(self, chance: random.Random, service: str) -> Instance:
        """As a balancer that knows nothing would."""
        return chance.choice(self.of(service))


async def until_ready(instance: Instance) -> None:
    while True:
        if await ready(instance):
            return
        await asyncio.sleep(LOOK_EVERY)


async def ready(instance: Instance) -> bool:
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            return (await client.get(f"{instance.url}/statusz")).is_success
    except httpx.HTTPError:
        return False


def heard_through_proxies(servers: Servers, listeners: dict[int, int]) -> None:
    """Kafka tells each instance an address of its own, behind which its proxy is."""
    kafka = servers.kafka
    names = {f"LINK{number}": ports for number, ports in enumerate(listeners.items())}
    own, controller = f"PLAINTEXT://{kafka.bootstrap}", f"CONTROLLER://127.0.0.1:{kafka.controller_port}"
    listened = [own, controller, *(f"{name}://127.0.0.1:{port}" for name, (_, port) in names.items())]
    advertised = [own, *(f"{name}://127.0.0.1:{proxy}" for name, (proxy, _) in names.items())]
    protocols = [f"{name}:PLAINTEXT" for name in ("PLAINTEXT", "CONTROLLER", *names)]
    with (kafka.folder / "server.properties").open("a") as file:
        file.write(f"listeners={','.join(listened)}\n")
        file.write(f"advertised.listeners={','.join(advertised)}\n")
        file.write(f"listener.security.protocol.map={','.join(protocols)}\n")
    kafka.kill()
    kafka.restart()
