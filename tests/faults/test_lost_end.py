"""Kafka is put back by some seconds, as a broker is that was restored from a copy: what it lost is published again."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError
from sqlalchemy import text

from chassis.binding import Binding
from chassis.bus import Bus
from chassis.cluster import Cluster, GroupIsAtWork
from chassis.republishing import republish
from deploy.local.kafka import Kafka
from tests.faults.program import topic_named
from tests.faults.world import World
from tests.waiting import until

SERVICE = "faults"  # whose groups the reader reads in
AGAIN = "static:it"  # under the name of the killed, a reader goes on at once instead of when its session is over


def copied(kafka: Kafka, folder: Path) -> Path:
    """Its data of this moment, as it would find it after a power cut; sparse, for indexes are made large."""
    kafka.pause()
    copy = folder / "copy"
    subprocess.run(["cp", "-a", "--sparse=always", str(kafka.folder / "data"), str(copy)], check=True)  # noqa: S603, S607 - our own
    kafka.resume()
    return copy


def put_back(kafka: Kafka, copy: Path) -> None:
    kafka.kill()
    shutil.rmtree(kafka.folder / "data")
    copy.rename(kafka.folder / "data")
    kafka.restart()


async def at_rest(world: World) -> bool:
    async with world.outgoing.reading() as reading:
        return not await reading.scalar(text("SELECT count(*) FROM outbox"))


async def now(world: World) -> datetime:
    async with world.outgoing.reading() as reading:
        moment: datetime = (await reading.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return moment


@pytest.fixture
async def loss(world: World, tmp_path: Path) -> datetime:
    """A moment since which Kafka has lost what was published; the reader has applied one part of it, not the other."""
    relay, reader = world.relay(), world.reader("reader", AGAIN)
    await world.write(each=2)
    await world.until_applied(dict(world.written))
    copy = await asyncio.to_thread(copied, world.servers.kafka, tmp_path)
    since = await now(world)
    await world.write(each=2)
    await world.until_applied(dict(world.written))
    reader.kill()
    await world.write(each=2)
    await until(lambda: at_rest(world), "all is published")
    relay.kill()
    await asyncio.to_thread(put_back, world.servers.kafka, copy)
    return since


@asynccontextmanager
async def binding(world: World) -> AsyncIterator[Binding]:
    cluster = Cluster(Bus(bootstrap=world.servers.kafka.bootstrap))
    yield Binding(world.incoming, cluster, SERVICE, [topic_named(world.topic)])
    await cluster.close()


async def rewound(group: Binding, since: datetime) -> bool:
    """Once Kafka has seen that the killed reader is gone."""
    try:
        await group.rewind(group.topics[0], since)
    except (KafkaError, GroupIsAtWork):
        await group.cluster.close()
        return False
    return True


async def test_core_24_what_kafka_has_lost_is_applied_once_and_in_order_when_it_is_published_again(
    world: World, loss: datetime
) -> None:
    await world.outgoing.transact(partial(republish, since=loss, days=7))
    async with binding(world) as group:
        await until(lambda: rewound(group, loss), "the group is set back")
    world.relay()
    world.reader("reader", AGAIN)
    assert await world.until_all_applied() == world.expected()
    assert await world.said() == world.expected()


async def test_core_24_what_kafka_has_lost_stays_lost_when_it_is_not_published_again(
    world: World, loss: datetime
) -> None:
    """The control."""
    del loss
    world.relay()
    world.reader("reader", AGAIN)
    found = await world.until_all_applied()
    assert [*found.values()] == [[1, 2, 3, 4, 7]] * len(found)
