"""Kafka is put back by some seconds, as a broker is that was restored from a copy: what it lost is published again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import text

from chassis import health
from chassis.binding import Binding
from chassis.bus import Bus
from chassis.cluster import Cluster, GroupIsAtWork
from chassis.commands import SINCE
from chassis.commands import republish as command
from chassis.intake import Subscription
from chassis.positions import LogCutBack, note
from chassis.recovery import published
from chassis.republishing import republish
from chassis.site import Site
from contracts.topics import BOOKING
from tests.chassis.conftest import Counting
from tests.conftest import Created
from tests.faults.program import topic_named
from tests.faults.world import World
from tests.put_back import copied, put_back
from tests.sites import site_of
from tests.waiting import until

READER = "faults"  # whose groups the reader reads in
AGAIN = "static:it"  # under the name of the killed, a reader goes on at once instead of when its session is over


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


@dataclass
class Service:
    """What writes and what reads, as two services would have it."""

    writes: Binding
    reads: Binding


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    topic, cluster = topic_named(world.topic), Cluster(Bus(bootstrap=world.servers.kafka.bootstrap))
    yield Service(
        Binding(world.outgoing, cluster, "writes", [], [topic]),
        Binding(world.incoming, cluster, READER, [Subscription(topic, Counting())]),
    )
    await cluster.close()


async def published_again(writes: Binding, since: datetime) -> None:
    log = await published(writes.database, writes.cluster, writes.own)
    await writes.database.transact(partial(republish, log=log, since=since, days=7))


async def rewound(group: Binding, since: datetime) -> bool:
    """Once Kafka has seen that the killed reader is gone."""
    try:
        await group.rewind(group.topics[0], since)
    except (KafkaError, GroupIsAtWork):
        await group.cluster.close()
        return False
    return True


async def test_core_24_what_kafka_has_lost_is_applied_once_and_in_order_when_it_is_published_again(
    world: World, loss: datetime, service: Service
) -> None:
    await published_again(service.writes, loss)
    await until(lambda: rewound(service.reads, loss), "the group is set back")
    world.relay()
    world.reader("reader", AGAIN)
    assert await world.until_all_applied() == world.expected()
    assert await world.said() == world.expected()


async def test_core_22_nothing_new_is_published_before_what_kafka_has_lost(loss: datetime, service: Service) -> None:
    """It would be read before what it follows from. The relay asks before it leads, and looks at each answer."""
    with pytest.raises(LogCutBack, match="lancez «republish»"):
        await service.writes.check_own_logs()
    await published_again(service.writes, loss)
    await service.writes.check_own_logs()


async def test_core_22_a_service_serves_on_and_publishes_nothing_until_it_is_told_to_publish_again(
    on_the_bus: Created, bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    """Booking, which has published more than Kafka has of one of its partitions."""
    url = await on_the_bus("booking")
    site = site_of("booking", url, bootstrap=bus.bootstrap)
    beyond = {TopicPartition(BOOKING.name, 0): 1_000_000}
    await site.runtime.database.transact(lambda tx: note(tx, beyond))
    async with site.runtime.working():
        await until(lambda: says(site, "booking.events[0] jusqu'à 999999"))
        assert "lancez «republish»" in health.faults(site.runtime.working_on)["démarrage"]
        await until(lambda: serves(site), "requests are served")
    asked = site_of("booking", url, bootstrap=bus.bootstrap).runtime
    await command(asked, [SINCE, datetime.now(UTC).isoformat()])
    await asked.database.close()
    assert "rien n'a été publié depuis ce moment" in capsys.readouterr().out
    again = site_of("booking", url, bootstrap=bus.bootstrap)
    async with again.runtime.working():
        await until(lambda: says(again, ""), "it works")


async def says(site: Site, why: str) -> bool:
    return why in site.runtime.fault if why else not site.runtime.fault


async def serves(site: Site) -> bool:
    return not health.faults(site.runtime.serving)


async def test_core_24_what_kafka_has_lost_stays_lost_when_it_is_not_published_again(
    world: World, loss: datetime
) -> None:
    """The control."""
    del loss
    world.relay()
    world.reader("reader", AGAIN)
    found = await world.until_all_applied()
    assert [*found.values()] == [[1, 2, 3, 4, 7]] * len(found)
