"""A Kafka that begins, or was thought dead, answers before it knows any broker: whoever asks it then asks again."""

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chassis.broker import consuming_broker, listen
from chassis.bus import Bus
from chassis.cluster import Cluster
from chassis.db import Database
from chassis.relay import Relay
from contracts.topics import BOOKING
from tests.conftest import Created
from tests.sites import site_of
from tests.waiting import PATIENCE, until

METADATA, API_VERSIONS = 3, 18  # keys of Kafka's protocol
KNOWN = (METADATA, 0, 1), (API_VERSIONS, 0, 0)  # with their versions
VERSIONS = struct.pack(f">hi{3 * len(KNOWN)}h", 0, len(KNOWN), *(number for known in KNOWN for number in known))
NO_BROKER = struct.pack(">iii", 0, -1, 0)  # no broker, no controller, no topic


class Early:
    """Answers as a Kafka without brokers, until it `knows` the one at this address."""

    def __init__(self, bootstrap: str) -> None:
        host, _, port = bootstrap.rpartition(":")
        name = len(host).to_bytes(2) + host.encode()
        self.one_broker = struct.pack(">ii", 1, 1) + name + struct.pack(">ihii", int(port), -1, 1, 0)
        self.asked, self.knows = 0, False

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while size := int.from_bytes(await reader.readexactly(4)):
                key, _, correlation = struct.unpack(">hhi", (await reader.readexactly(size))[:8])
                answer = correlation.to_bytes(4) + (VERSIONS if key == API_VERSIONS else self.metadata())
                writer.write(len(answer).to_bytes(4) + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def metadata(self) -> bytes:
        self.asked += 1
        return self.one_broker if self.knows else NO_BROKER

    async def asked_again(self) -> bool:
        """More often than by who only begins."""
        return self.asked >= 5


@pytest.fixture
def early(bus: Bus) -> Early:
    return Early(bus.bootstrap)


@pytest.fixture
async def too_soon(early: Early) -> AsyncIterator[Bus]:
    server = await asyncio.start_server(early.answer, "127.0.0.1", 0)
    yield Bus(bootstrap=f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    server.close()


async def test_the_relay_publishes_once_there_is_a_broker(early: Early, too_soon: Bus, database: Database) -> None:
    relay = Relay(database.url, too_soon, "booking")
    running = asyncio.create_task(relay.run())

    async def publishes() -> bool:
        return running.done() or not relay.fault

    await until(early.asked_again, "asked while it knows no broker")
    early.knows = True
    await until(publishes, "it leads")
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])


async def test_who_sets_where_a_group_goes_on_learns_that_kafka_is_not_ready(too_soon: Bus) -> None:
    with pytest.raises((KafkaError, TimeoutError)):
        async with asyncio.timeout(5):
            await Cluster(too_soon).set_offsets("g", {TopicPartition(BOOKING.name, 0): 1})


async def test_consumers_that_began_too_soon_read_once_there_is_a_broker(
    early: Early, too_soon: Bus, migrated: Created
) -> None:
    work = site_of("booking", await migrated("booking")).runtime
    broker = consuming_broker(too_soon, "booking")
    for consumer in work.consumers.values():
        listen(broker, "booking", consumer)
    starting = asyncio.create_task(broker.start())
    await until(early.asked_again, "asked while it knows no broker")
    early.knows = True
    await asyncio.wait_for(starting, PATIENCE)
    await broker.stop()
    await work.database.close()
