"""One relay leads and it alone is believed: who was deposed or is frozen neither delivers late nor holds news back."""

import asyncio
import signal
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import text

from chassis import relay, sending
from chassis.bus import Bus
from chassis.db import Transaction
from contracts.booking import SeatDeclined
from deploy.local.processes import Child
from tests.chassis.conftest import all_records
from tests.faults.world import World
from tests.proxy import Proxy, proxy_to
from tests.waiting import until

Seen = Callable[[], Awaitable[bool]]
DEPOSE = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN pg_locks USING (pid) "
    "WHERE locktype = 'advisory' AND granted"
)


@pytest.fixture
async def proxy(world: World) -> AsyncIterator[Proxy]:
    host, _, port = world.servers.kafka.bootstrap.partition(":")
    async with proxy_to(host, int(port)) as proxy:
        yield proxy


async def delivered(world: World) -> bool:
    async with world.outgoing.reading() as reading:
        return not (await reading.execute(text("SELECT count(*) FROM outbox"))).scalar_one()


async def depose(tx: Transaction) -> None:
    await tx.execute(DEPOSE)


async def log(world: World) -> dict[str, list[int]]:
    """By key, everything on the topic in its order, repeats as they are."""
    found: dict[str, list[int]] = defaultdict(list)
    for record in await all_records(Bus(bootstrap=world.servers.kafka.bootstrap), world.topic):
        event = SeatDeclined.model_validate_json(record.value or b"")
        found[str(event.beneficiary_id)].append(event.offer_id.int)
    return found


async def stalled_and_deposed(world: World, proxy: Proxy, *how: str, seen: Seen | None = None) -> dict[str, list[int]]:
    """What is on the topic after the link of a deposed leader came back, with what it had sent before.

    It may go on until that is `seen`, or until it has an answer.
    """
    deposed = world.relay(f"through:{proxy.port}", *how)
    await world.write(each=1)
    await until(lambda: delivered(world))
    proxy.stall("up", "down")
    await world.write(each=1)
    await until(lambda: asyncio.sleep(0, proxy.held["up"]))
    world.relay(*how, name="successor")
    await world.outgoing.transact(depose)
    await until(lambda: delivered(world))
    await world.write(each=1)
    await until(lambda: delivered(world))
    before = proxy.passed["down"]
    proxy.flow("up", "down")
    await until(seen or (lambda: asyncio.sleep(0, proxy.passed["down"] > before)))
    deposed.kill()
    return await log(world)


async def test_core_11_a_deposed_leader_delivers_nothing_after_its_successor(world: World, proxy: Proxy) -> None:
    assert await stalled_and_deposed(world, proxy) == world.expected()


async def test_core_11_without_the_fence_it_does(world: World, proxy: Proxy) -> None:
    """The control."""

    async def delivered_late() -> bool:
        return all(values == [1, 2, 3, 2] for values in (await log(world)).values())

    await stalled_and_deposed(world, proxy, "no-fence", seen=delivered_late)


SILENT_SESSION = text(
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted "
    "AND datname = current_database() AND clock_timestamp() - state_change > interval '5 seconds'"
)


async def frozen_leader(world: World, *how: str) -> Child:
    """One that was frozen with its lock and its connections, while another follows and news wait."""
    frozen = world.relay(*how, name="frozen")
    await world.write(each=1)
    await until(lambda: delivered(world))
    world.relay(*how, name="follower")
    frozen.send(signal.SIGSTOP)
    await world.write(each=1)
    return frozen


async def test_core_12_a_frozen_leader_is_deposed_and_changes_nothing_when_it_wakes(world: World) -> None:
    frozen = await frozen_leader(world)
    began = time.monotonic()
    await until(lambda: delivered(world))
    sys.stdout.write(f"\ntakeover from a frozen leader: {time.monotonic() - began:.1f} s\n")
    frozen.send(signal.SIGCONT)
    await world.write(each=1)
    await until(lambda: delivered(world))
    assert await log(world) == world.expected()


async def test_core_12_without_the_limit_its_silence_lasts(world: World) -> None:
    """The control."""
    await frozen_leader(world, "silent:3600")
    await until(lambda: silent_leader(world))
    assert not await delivered(world)


async def silent_leader(world: World) -> bool:
    async with world.outgoing.reading() as reading:
        return bool((await reading.execute(SILENT_SESSION)).scalar_one())


def test_core_12_a_takeover_takes_no_more_than_twenty_seconds_and_waiting_for_kafka_is_no_silence() -> None:
    assert sending.ACKS_WITHIN < relay.SILENT_FOR
    assert relay.SILENT_FOR + 2 * relay.LEAD_AGAIN <= 20
