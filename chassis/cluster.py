"""Questions to Kafka over connections of their own: they are answered before the first consumer begins."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from chassis.broker import observer
from chassis.bus import Bus
from chassis.stopping import bounded

CLOSES_WITHIN = 1.0  # seconds


class Edges(NamedTuple):
    """Of a partition's log: the oldest offset that it has, and the next that it will give."""

    first: int
    end: int


class NotKnownYet(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """Kafka answered for some partitions only."""


class Cluster:
    """Connects when asked. After an error of Kafka it is closed by whoever asked, and connects anew."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self._admin: AIOKafkaAdminClient | None = None
        self._observer: AIOKafkaConsumer | None = None

    async def partitions(self, topics: Iterable[str]) -> dict[str, int]:
        """How many partitions each topic has. Raises KafkaError for one that is not there."""
        found: dict[str, int] = {}
        for topic in await (await self._asking()).describe_topics([*topics]):
            if topic["error_code"]:
                raise for_code(topic["error_code"])(topic["topic"])
            found[topic["topic"]] = len(topic["partitions"])
        return found

    async def edges(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Edges]:
        await self._asking()
        assert self._observer is not None  # noqa: S101 - for mypy: connected above
        firsts = await self._observer.beginning_offsets(partitions)
        ends = await self._observer.end_offsets(partitions)
        return {one: Edges(firsts[one], ends[one]) for one in partitions}

    async def committed(self, group: str, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset of the next record that the group will read, where it has committed one.

        Raises KafkaError when Kafka does not know: a coordinator that is still loading its offsets answers with none at
        all, which aiokafka takes for a group without any.
        """
        answer = await (await self._asking()).list_consumer_group_offsets(group, partitions=[*partitions])
        if missing := {*partitions} - {*answer}:
            raise NotKnownYet(f"{group}: {len(missing)} partitions")
        return {partition: found.offset for partition, found in answer.items() if found.offset >= 0}

    async def settings(self, topics: Iterable[str]) -> dict[str, dict[str, str]]:
        """What each topic is set to. Needs the right DescribeConfigs. Raises KafkaError."""
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
        found: dict[str, dict[str, str]] = {}
        for answer in await (await self._asking()).describe_configs(asked):
            for code, message, _, topic, entries in answer.resources:
                if code:
                    raise for_code(code)(message)
                found[topic] = {entry[0]: entry[1] for entry in entries}
        return found

    async def _asking(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            self._admin, self._observer = AIOKafkaAdminClient(**self.bus.client()), observer(self.bus)
            await self._admin.start()
            await self._observer.start()
        return self._admin

    async def close(self) -> None:
        """Within bounds, also while Kafka is away."""
        admin, seen, self._admin, self._observer = self._admin, self._observer, None, None
        if admin is not None and seen is not None:
            await bounded("admin", admin.close(), CLOSES_WITHIN)
            await bounded("observer", seen.stop(), CLOSES_WITHIN)
