"""The drill: under load, each service's database is put back as docs/operate/restore.md says it; then the audit.

Minutes long: `make drills` does it.
"""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from deploy.local.servers import ROOT, removed
from deploy.local.system import faults
from tests.chaos import county
from tests.chaos.calls import PATIENCE, Caller, Tally
from tests.chaos.clients import Clients
from tests.chaos.cluster import Cluster, until_ready
from tests.chaos.history import History
from tests.chaos.life import Life
from tests.chaos.outcome import arrived, audited
from tests.restore.rewound import ENDS

SEED = 22
STARTS_WITHIN = 180  # seconds
LIVES_FOR = 8.0  # seconds: what a database that is put back has lost
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

    async def started(self, service: str) -> None:
        for instance in self.cluster.of(service):
            await self.cluster.start(instance)
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


async def agreed(cluster: Cluster) -> dict[str, Any]:
    verdict = await asyncio.to_thread(audited, cluster.system)
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
        await asyncio.sleep(LIVES_FOR)
        await drill.put_back(service, copy)
        for command in ("rehear", "recover"):
            sys.stdout.write(await drill.command(service, command))
        await drill.started(service)
    assert await agreed(cluster) == {"under way": [], "differences": []}
    received = await arrived(cluster.system)
    assert not received.doubled
    await cluster.close()


@drill
@pytest.mark.timeout(1200)
async def test_core_24_without_recover_the_audit_names_what_differs(cluster: Cluster) -> None:
    """The control: whoever binds the groups instead opens a database that has lost what it published."""
    async with under_load(cluster) as drill:
        copy = await drill.copied("booking")
        await asyncio.sleep(LIVES_FOR)
        await drill.put_back("booking", copy)
        await drill.command("booking", "rehear")
        await drill.command("booking", "bind")
        await drill.started("booking")
    assert (await agreed(cluster))["differences"]
    await cluster.close()


def test_the_drill_is_the_guide() -> None:
    """Its commands stand there, in this order."""
    guide = (Path(ROOT) / "docs" / "operate" / "restore.md").read_text()
    places = [guide.index(f"python -m services.booking {command}`") for command in ("rehear", "recover")]
    assert places == sorted(places)
    assert guide.index("**Fence.**") < guide.index("**Restore**") < places[0]
    assert places[1] < guide.index("**Audit.**") < guide.index("**Open.**")
