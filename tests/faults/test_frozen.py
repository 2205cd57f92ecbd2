"""Who is frozen inside a transaction gives back what it has locked, and does nothing twice when it goes on."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import db
from chassis.clock import Clock
from chassis.db import Database
from chassis.limits import Limits
from contracts.ids import uuid7
from deploy.local.processes import Child, Children
from deploy.local.servers import Servers, free_ports
from tests.actors import ADMINISTRATOR, token_for
from tests.conftest import Created
from tests.faults.program import THAWED
from tests.faults.test_readiness import READY, environment, seen
from tests.faults.world import World
from tests.forks import Forking
from tests.interleaving import WAITING, held
from tests.waiting import PATIENCE, until

TAKEOVER = 20.0  # seconds
IDLE_FOR = text(
    "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - state_change)), 0)::float8 FROM pg_stat_activity "
    "WHERE datname = current_database() AND state = 'idle in transaction'"
)


def test_core_12_what_a_frozen_process_has_locked_is_free_within_the_time_of_a_takeover() -> None:
    assert int(db.IDLE_IN_TRANSACTION["idle_in_transaction_session_timeout"]) / 1000 < TAKEOVER


def is_frozen(child: Child) -> bool:
    """As Linux says it."""
    return Path(f"/proc/{child.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


async def idle_for(database: Database, seconds: float) -> bool:
    """A transaction is open in which nothing has happened for so long."""
    async with database.reading() as reading:
        return float((await reading.execute(IDLE_FOR)).scalar_one()) >= seconds


async def frozen_reader(world: World, *how: str) -> Child:
    """One that stopped in the middle of a batch, while another is there."""
    world.relay()
    frozen = world.reader("frozen", "freezes", *how)
    await world.write(each=1)
    await until(lambda: asyncio.sleep(0, is_frozen(frozen)), "it is frozen")
    world.reader("other", *how)
    return frozen


async def test_core_12_a_frozen_reader_gives_back_its_locks_and_applies_nothing_twice(world: World) -> None:
    frozen = await frozen_reader(world)
    began = time.monotonic()
    await world.until_applied(dict(world.written))
    sys.stdout.write(f"\ntakeover from a frozen reader: {time.monotonic() - began:.1f} s\n")
    before = frozen.written.count("has ")
    frozen.send(signal.SIGCONT)
    await until(lambda: asyncio.sleep(0, frozen.written.count("has ") > before), "it reads again")
    assert THAWED in frozen.written
    assert await world.until_all_applied() == world.expected()
    assert frozen.running


async def test_core_12_without_the_limit_its_locks_last(world: World) -> None:
    """The control."""
    await frozen_reader(world, "idle:3600")
    await until(lambda: idle_for(world.incoming, 5), "its transaction is open")
    assert await world.count() < len(world.written)


@pytest.fixture
def children() -> Iterator[Children]:
    children = Forking()
    yield children
    children.close()


class Catalogue:
    """The service as in life, the name of one mediator in it, and how that is asked to change."""

    def __init__(self, children: Children, servers: Servers, url: str, log: Path) -> None:
        (self.port,) = free_ports(1)
        self.mediator = uuid7()
        self.database = Database(url, clock=Clock(), limits=Limits(lock=PATIENCE, statement=PATIENCE))
        told = environment(servers, url, self.port, PASS_DATABASE_LOCK_SECONDS=str(PATIENCE))
        command = [sys.executable, "-m", "services.catalogue", "serve"]
        self.child = children.start("catalogue", command, log, env=told)

    async def rename(self, name: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token_for(ADMINISTRATOR)}"}
        address = f"http://127.0.0.1:{self.port}/api/catalogue/mediators/{self.mediator}"
        async with httpx.AsyncClient(headers=headers, timeout=PATIENCE) as client:
            return await client.put(address, json={"name": name})

    async def name(self) -> str:
        """As it is for who could change it now. Raises DBAPIError while somebody else has it."""
        query = text("SELECT name FROM mediators FOR UPDATE NOWAIT")
        async with self.database.engine.begin() as connection:
            return str((await connection.execute(query)).scalar_one())

    async def is_free(self) -> bool:
        try:
            return bool(await self.name())
        except DBAPIError as error:
            return not db.held(error)

    async def waits_for_a_lock(self) -> bool:
        async with self.database.reading() as reading:
            return bool((await reading.execute(WAITING)).scalar_one())

    async def published(self) -> int:
        """What is open of it, wherever it is by now."""
        rows = "SELECT count(*) FROM {} WHERE topic = 'catalogue.events'"
        both = f"SELECT ({rows.format('outbox')}) + ({rows.format('published')})"
        async with self.database.reading() as reading:
            return int((await reading.execute(text(both))).scalar_one())


@pytest.fixture
async def catalogue(
    children: Children, servers: Servers, on_the_bus: Created, tmp_path: Path
) -> AsyncIterator[Catalogue]:
    catalogue = Catalogue(children, servers, await on_the_bus("catalogue"), tmp_path / "catalogue.log")
    await seen(f"http://127.0.0.1:{catalogue.port}", READY, 200)
    yield catalogue
    await catalogue.database.close()


async def test_core_12_a_request_frozen_with_a_lock_gives_it_back_and_is_asked_to_come_again(
    catalogue: Catalogue,
) -> None:
    assert (await catalogue.rename("Démo Karim")).status_code == 204
    async with held(catalogue.database, "mediators", [catalogue.mediator]):
        asked = asyncio.create_task(catalogue.rename("Démo Lucie"))
        await until(catalogue.waits_for_a_lock, "the request waits")
        catalogue.child.send(signal.SIGSTOP)
    await until(lambda: idle_for(catalogue.database, 0.1), "the request has what it waited for")
    assert not await catalogue.is_free()
    await until(catalogue.is_free, "others may have it")
    catalogue.child.send(signal.SIGCONT)
    answer = await asked
    assert (answer.status_code, bool(answer.headers["Retry-After"])) == (503, True)
    assert await catalogue.name() == "Démo Karim"
    assert (await catalogue.rename("Démo Lucie")).status_code == 204
    assert (await catalogue.name(), await catalogue.published()) == ("Démo Lucie", 2)
