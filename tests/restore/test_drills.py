"""The drill: under load, each service's database is put back as docs/operate/restore.md says it; then the audit.

Minutes long: `make drills` does it.
"""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from chassis.bus import Bus
from chassis.cluster import Cluster as Logs
from chassis.topics import own_topics
from deploy.local.servers import ROOT, removed
from deploy.local.system import faults
from tests.chaos import county
from tests.chaos.calls import PATIENCE, Caller, Tally
from tests.chaos.clients import Clients
from tests.chaos.cluster import Cluster, until_ready
from tests.chaos.history import History
from tests.chaos.life import Life
from tests.chaos.outcome import AT_REST_WITHIN, arrived, audited
from tests.restore.rewound import ENDS
from tests.waiting import until

SEED = 22
STARTS_WITHIN = 180  # seconds
LIVES_FOR = 8.0  # seconds: what Kafka has lost when it is put back
GROWS_BY = 8  # events that the service has published since its copy was made: what its database has lost
NOT_YET = ("est en train de lire", "est au travail", "Réessayez")
SERVICES = ("booking", "catalogue", "notifications", "prescription")

drill = pytest.mark.skipif("DRILLS" not in os.environ, reason="some minutes: make drills does it")


@dataclass
class Drill:
    """A system under load; `put_back` is what an operator would have to do."""

    cluster: Cluster
    caller: Caller

    async def stopped(self, service: str) -> None:
        """Fence: no instance is left."""
        for instance in self.cluster.of(service):
            instance.down_on_purpose = True
            if instance.child is not None:
                await asyncio.to_thread(instance.child.kill)

    async def begun(self, service: str) -> None:
        for instance in self.cluster.of(service):
            await self.cluster.start(instance)

    async def started(self, service: str) -> None:
        await self.begun(service)
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                for instance in self.cluster.of(service):
                    await until_ready(instance)
        except TimeoutError:
            pytest.fail(f"not ready in {STARTS_WITHIN} s: {[faults(one.url) for one in self.cluster.of(service)]}")

    async def copied(self, service: str) -> str:
        """How the database is now."""
        await self.stopped(service)
        copy = f"{service}_{uuid4().hex[:8]}"
        await self._sql(f'CREATE DATABASE "{copy}" TEMPLATE "{service}" OWNER "{service}" STRATEGY FILE_COPY', service)
        await self.started(service)
        return copy

    async def published(self, service: str) -> int:
        """How many events lie on the service's own topics."""
        log = Logs(Bus(bootstrap=self.cluster.system.servers.kafka.bootstrap))
        try:
            edges = await log.edges(await log.whole(topic.name for topic in own_topics(service)))
        finally:
            await log.close()
        return sum(edge.end for edge in edges.values())

    async def grown(self, service: str) -> None:
        """Until it has published something that its copy does not know."""
        before = await self.published(service)

        async def more() -> bool:
            return await self.published(service) >= before + GROWS_BY

        await until(more, "it has published more")

    async def put_back(self, service: str, copy: str) -> None:
        await self.stopped(service)
        await self._sql(f'ALTER DATABASE "{service}" RENAME TO "{copy}_lost"', service)
        await self._sql(f'ALTER DATABASE "{copy}" RENAME TO "{service}"', service)

    async def _sql(self, statement: str, alone_on: str) -> None:
        admin = await asyncpg.connect(self.cluster.system.servers.postgres.dsn)
        try:
            await admin.execute(ENDS, alone_on)
            await admin.execute(statement)
        finally:
            await admin.close()

    async def command(self, service: str, *asked: str) -> str:
        """As it stands in the guide; again while Kafka has not yet seen that the killed instances are gone."""
        command = [sys.executable, "-m", f"services.{service}", *asked]
        env = {**os.environ, **self.cluster.system.environment(service)}
        async with asyncio.timeout(60):
            while True:
                done = await asyncio.to_thread(
                    subprocess.run, command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
                )
                if not done.returncode:
                    return done.stdout
                assert any(again in done.stderr for again in NOT_YET), done.stderr
                await asyncio.sleep(1)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    folder = ROOT / ".local" / f"drill-{uuid4().hex[:8]}"
    try:
        with Cluster.prepared(folder) as cluster:
            yield cluster
    finally:
        removed(folder)


@asynccontextmanager
async def under_load(cluster: Cluster) -> AsyncIterator[Drill]:
    """People book, cancel, wait, register and are erased, sessions change, until this is closed."""
    stopped = asyncio.Event()
    async with httpx.AsyncClient(timeout=PATIENCE, limits=httpx.Limits(max_keepalive_connections=0)) as http:
        caller = Caller(cluster, random.Random(SEED), http, Tally(), stopped)
        await cluster.start_all()
        made = await county.made(caller)
        clients, life = Clients(caller, made, History(made.groups)), Life(caller, made)
        load = asyncio.gather(clients.play(SEED), life.go_on(SEED))
        try:
            yield Drill(cluster, caller)
        finally:
            stopped.set()
            await load


async def agreed(cluster: Cluster, within: float = AT_REST_WITHIN) -> dict[str, Any]:
    verdict = await asyncio.to_thread(audited, cluster.system, within)
    return {
        "under way": verdict["under_way"],
        "differences": [one for check in verdict["checks"] for one in check["differences"]],
    }


@drill
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("service", SERVICES)
async def test_core_24_a_database_put_back_under_load_is_whole_again(cluster: Cluster, service: str) -> None:
    async with under_load(cluster) as drill:
        copy = await drill.copied(service)
        await drill.grown(service)
        await drill.put_back(service, copy)
        began = time.monotonic()
        for command in ("rehear", "recover"):
            sys.stdout.write(await drill.command(service, command))
        sys.stdout.write(f"{service}: made whole in {time.monotonic() - began:.1f} s\n")
        await drill.started(service)
    assert await agreed(cluster) == {"under way": [], "differences": []}
    received = await arrived(cluster.system)
    assert not received.doubled
    await cluster.close()


@drill
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("service", SERVICES)
async def test_core_24_without_recover_the_audit_names_what_differs(cluster: Cluster, service: str) -> None:
    """The control: whoever binds the groups instead opens a database that has lost what it published."""
    async with under_load(cluster) as drill:
        copy = await drill.copied(service)
        await drill.grown(service)
        await drill.put_back(service, copy)
        await drill.command(service, "rehear")
        await drill.command(service, "bind")
        await drill.started(service)
    differences = (await agreed(cluster))["differences"]
    sys.stdout.write(f"{service}: {len(differences)} differences, such as {differences[:3]}\n")
    assert differences
    await cluster.close()


def test_the_drill_is_the_guide() -> None:
    """Its commands stand there, in this order."""
    guide = (Path(ROOT) / "docs" / "operate" / "restore.md").read_text()
    places = [guide.index(f"python -m services.booking {command}`") for command in ("rehear", "recover")]
    assert places == sorted(places)
    assert guide.index("**Fence.**") < guide.index("**Restore**") < places[0]
    assert places[1] < guide.index("**Audit.**") < guide.index("**Open.**")
