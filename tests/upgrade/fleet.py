"""Instances of two releases behind one balancer, and people who book through it the whole time."""

import asyncio
import io
import itertools
import json
import os
import subprocess
import sys
import tarfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.ids import BeneficiaryId, SessionId
from deploy.local.processes import Child, Children
from deploy.local.servers import ROOT, Servers, free_ports
from services.booking.wording import CANCELLATIONS
from tests.actors import LINK_SECRET, MEDIATOR, SECRET, SESSION_ENV, token_for
from tests.waiting import until

LAST = json.loads((ROOT / "deploy" / "last-release.json").read_text())
PAUSE = 0.05  # seconds between two requests of one person
Instance = tuple[str, Child]  # address and process


def last_release(folder: Path) -> Path:
    """The tree as it was released; the test is skipped where the history is not there."""
    command = ["git", "-C", str(ROOT), "archive", LAST["commit"]]
    archive = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own command
    if archive.returncode:
        pytest.skip(
            f"the history has no {LAST['version']} ({LAST['commit'][:9]}): clone it whole, git fetch --unshallow"
        )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tree:
        tree.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.2 has none
        tree.extractall(folder)  # noqa: S202 - it is our own
    return folder


@dataclass
class Fleet:
    """`turn` holds, for each service, the addresses that the balancer knows."""

    servers: Servers
    folder: Path
    children: Children
    databases: dict[str, str] = field(default_factory=dict)  # the owner's
    turn: dict[str, list[Instance]] = field(default_factory=dict)
    flying: Counter[str] = field(default_factory=Counter)  # requests that have no answer yet, by address
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def environment(self, service: str, role: str = "") -> dict[str, str]:
        owner = self.databases[service]
        name = owner.rpartition("/")[2]
        return {
            "PASS_DATABASE_URL": self.servers.postgres.url(name, role),
            "PASS_MIGRATION_URL": owner if role else "",
            "PASS_BUS__BOOTSTRAP": self.servers.kafka.bootstrap,
            "PASS_SECRET": SECRET,
            **SESSION_ENV,
            "PASS_LINK_SECRET": LINK_SECRET,
            "PASS_ERASURE_SECRET": LINK_SECRET,
            "PASS_SMTP_HOST": "127.0.0.1",
            "PASS_LOCAL": "true",
        }

    async def migrate(self, service: str, tree: Path, role: str = "") -> None:
        env = os.environ | self.environment(service, role) | {"PYTHONPATH": str(tree)}
        process = await asyncio.create_subprocess_exec(*program(service, "migrate"), env=env)
        assert await process.wait() == 0

    async def start(self, service: str, tree: Path, role: str = "") -> None:
        """One more instance, which the balancer gets to know once it is ready."""
        name, (port,) = f"{service}-{next(self.numbers)}", free_ports(1)
        env = self.environment(service, role) | {"PASS_PORT": str(port), "PYTHONPATH": str(tree)}
        child = self.children.start(name, program(service, "serve"), self.folder / f"{name}.log", env=env)
        address = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient() as client:
            await until(lambda: ready(client, address), f"{name} is ready, {child.log}")
        self.turn.setdefault(service, []).append((address, child))

    async def end_oldest(self, service: str) -> None:
        """As a balancer does: no new request, the answers to those under way, then the word to end."""
        address, child = self.turn[service].pop(0)

        async def drained() -> bool:
            return not self.flying[address]

        await until(drained, f"{address} has answered")
        await asyncio.to_thread(child.stop, within=60)

    def next(self, service: str) -> str:
        """The address whose turn it is."""
        first = self.turn[service].pop(0)
        self.turn[service].append(first)
        return first[0]


def program(service: str, command: str) -> list[str]:
    """Of the tree in PYTHONPATH, and not of the folder we happen to be in."""
    return [sys.executable, "-P", "-m", f"services.{service}", command]


async def ready(client: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await client.get(f"{address}/readyz", timeout=10)).is_success
    except httpx.TransportError:
        return False


@dataclass
class Load:
    """Each person books a seat and gives it back, again and again. `answers` are counted by what was asked."""

    fleet: Fleet
    people: list[BeneficiaryId]
    sessions: list[SessionId]
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    ended: bool = False

    async def run(self) -> None:
        headers = {"Authorization": f"Bearer {token_for(MEDIATOR)}"}
        limits = httpx.Limits(keepalive_expiry=1)  # seconds; a service closes what is idle for five
        async with httpx.AsyncClient(headers=headers, timeout=30, limits=limits) as client:
            await asyncio.gather(*(self._lives(client, *who) for who in zip(self.people, self.sessions, strict=True)))

    async def _lives(self, client: httpx.AsyncClient, person: BeneficiaryId, session: SessionId) -> None:
        wish = {"session_id": str(session), "beneficiary_id": str(person)}
        await self._ask(client, "accept", f"/api/files/{person}/accept", {})
        while not self.ended:
            booked = await self._ask(client, "book", "/api/bookings", wish)
            await self._ask(client, "look", "/api/sessions", None)
            if booked:
                reason = {"reason": CANCELLATIONS[0]}
                await self._ask(client, "cancel", f"/api/bookings/{booked['id']}/cancel", reason)

    async def _ask(
        self, client: httpx.AsyncClient, what: str, path: str, body: dict[str, Any] | None
    ) -> dict[str, Any]:
        await asyncio.sleep(PAUSE)
        address = self.fleet.next("booking")
        self.fleet.flying[address] += 1
        try:
            answer = await self._sent(client, f"{address}{path}", body)
        except httpx.HTTPError as error:
            self.failures.append(f"{what}: {error!r}")
            return {}
        finally:
            self.fleet.flying[address] -= 1
        self.answers[what] += 1
        if not answer.is_success:
            self.failures.append(f"{what}: {answer.status_code} {answer.text[:300]}")
        found = answer.json() if answer.is_success else {}
        return found if isinstance(found, dict) else {}

    async def _sent(self, client: httpx.AsyncClient, url: str, body: dict[str, Any] | None) -> httpx.Response:
        if body is None:
            return await client.get(url)
        return await client.post(url, json=body, headers={"Idempotency-Key": str(uuid4())})
