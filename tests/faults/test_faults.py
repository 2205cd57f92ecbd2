"""Nothing lost, no effect twice, order kept per key: proved by killing what may die. Real processes, real servers."""

import asyncio
import signal
import sys
from collections.abc import Callable

import pytest
from sqlalchemy import text

from deploy.local.processes import Child
from tests.faults.world import World, without_repeats
from tests.waiting import PATIENCE, until

AT_ONCE = "static:it"  # under the name of the killed, a reader goes on at once instead of when its session is over


async def test_a_relay_killed_between_send_and_delete_repeats_records_and_no_effect(world: World) -> None:
    await world.write(each=20)
    first = world.relay("before-delete")
    await world.stands_still(first)
    first.kill()
    world.relay()
    world.reader("reader")
    assert await world.until_all_applied() == world.expected()


async def test_without_the_inbox_that_kill_doubles_effects(world: World) -> None:
    """The control."""
    await world.write(each=20)
    first = world.relay("before-delete")
    await world.stands_still(first)
    first.kill()
    world.relay()
    world.reader("reader", "no-inbox")
    found = await world.until_all_applied()
    assert sum(map(len, found.values())) > sum(world.written.values())


async def test_a_service_killed_between_commit_and_ack_applies_once(world: World) -> None:
    await world.write(each=20)
    world.relay()
    first = world.reader("first", "after-commit", AT_ONCE)
    await world.stands_still(first)
    first.kill()
    world.reader("second", AT_ONCE)
    assert await world.until_all_applied() == world.expected()


async def test_without_the_inbox_that_kill_applies_twice(world: World) -> None:
    """The control."""
    await world.write(each=20)
    world.relay()
    first = world.reader("first", "after-commit", AT_ONCE)
    await world.stands_still(first)
    first.kill()
    world.reader("second", AT_ONCE, "no-inbox")
    found = await world.until_all_applied()
    assert sum(map(len, found.values())) > sum(world.written.values())


async def test_a_consumer_killed_in_mid_batch_leaves_no_half_batch(world: World) -> None:
    await world.write(each=20)
    world.relay()
    first = world.reader("first", "mid-batch", AT_ONCE)
    await world.stands_still(first)
    assert await world.applied() == {}
    first.kill()
    world.reader("second", AT_ONCE)
    assert await world.until_all_applied() == world.expected()


async def test_the_broker_is_killed_while_everybody_works(world: World) -> None:
    world.relay()
    world.reader("reader")
    async with world.writing():
        await world.goes_on()
        for _ in range(2):
            await asyncio.to_thread(world.servers.kafka.kill)
            await world.writes_on()
            await asyncio.to_thread(world.servers.kafka.restart)
        await world.goes_on()
    assert await world.until_all_applied() == world.expected()


async def test_the_database_is_killed_while_everybody_works(world: World) -> None:
    world.relay()
    world.reader("reader")
    async with world.writing():
        for _ in range(2):
            await world.goes_on()
            await asyncio.to_thread(world.servers.postgres.kill)
            await asyncio.to_thread(world.servers.postgres.restart)
        await world.goes_on()
    found, said = await world.until_applied_as_said()
    assert without_repeats(found) == world.expected()
    assert found == said


@pytest.mark.parametrize("static", [False, True])
async def test_two_instances_share_and_one_takes_over_from_the_other(
    world: World, record_property: Callable[[str, object], None], *, static: bool
) -> None:
    world.relay()
    names = {"first": ["static:a"] if static else [], "second": ["static:b"] if static else []}
    readers = [world.reader(name, *how) for name, how in names.items()]
    async with world.writing():
        for reader in readers:
            await asyncio.to_thread(reader.wait_for, "has 3 partitions", PATIENCE)
        await world.goes_on()
        readers[0].kill()
        if static:  # its supervisor starts it again under its name
            world.reader("first", *names["first"])
        await world.goes_on()
    assert await world.until_all_applied() == world.expected()
    gap = await longest_gap(world)
    record_property("longest_gap_seconds", round(gap, 1))
    sys.stdout.write(f"\ntakeover, {'static' if static else 'dynamic'} members: longest gap of a key {gap:.1f} s\n")


async def test_a_zombie_that_wakes_up_changes_nothing(world: World) -> None:
    """Stopped for longer than its session, it comes back with a batch that another has applied meanwhile."""
    world.relay()
    zombie = world.reader("zombie")
    async with world.writing():
        await world.goes_on()
        zombie.send(signal.SIGSTOP)
        before = await world.count()
        other = world.reader("other")
        await asyncio.to_thread(other.wait_for, "has 6 partitions", PATIENCE)
        await world.goes_on()
        assert await world.count() > before
        zombie.send(signal.SIGCONT)
        await until(lambda: has_come_back(zombie), "the zombie is given partitions again")
        await world.goes_on()
    assert await world.until_all_applied() == world.expected()


async def has_come_back(zombie: Child) -> bool:
    return zombie.written.count("partitions") > 1


async def longest_gap(world: World) -> float:
    """Seconds between two effects of one key."""
    query = text(
        "SELECT coalesce(max(extract(epoch FROM gap)), 0)::float8 FROM "
        "(SELECT at - lag(at) OVER (PARTITION BY key ORDER BY id) AS gap FROM effects) AS gaps"
    )
    async with world.incoming.reading() as reading:
        return float((await reading.execute(query)).scalar_one())
