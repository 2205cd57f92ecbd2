"""Questions to Kafka over connections of their own: they are answered before the first consumer begins."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
    for_code,
)

from chassis.broker import member, observer
from chassis.bus import Bus
from chassis.refusal import Refusal
from chassis.stopping import bounded

CLOSES_WITHIN = 1.0  # seconds
IDLE = {"Empty", "Dead"}  # states of a group that nobody reads in
READS_WITHIN = 10.0  # seconds, for one record
READ_MS = 100  # milliseconds, for what Kafka has at hand


class GroupIsAtWork(Refusal):
    def __init__(self, group: str) -> None:
        super().__init__(f"Le groupe {group} est en train de lire : arrêtez d'abord toutes les instances du service.")


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
        """Return how many partitions each topic has. Raises KafkaError for one that is not there."""
        partition_counts: dict[str, int] = {}
        for topic in await (await self._asking()).describe_topics([*topics]):
            if topic["error_code"]:
                raise for_code(topic["error_code"])(topic["topic"])
            partition_counts[topic["topic"]] = len(topic["partitions"])
        return partition_counts

    async def edges(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Edges]:
        log = await self._observing()
        firsts = await log.beginning_offsets(partitions)
        ends = await log.end_offsets(partitions)
        return {partition: Edges(firsts[partition], ends[partition]) for partition in partitions}

    async def committed(self, group: str, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the offset of the next record that the group will read, where it has committed one.

        Raises KafkaError when Kafka does not know: a coordinator that is still loading its offsets answers with none at
        all, which aiokafka takes for a group without any.
        """
        answer = await (await self._asking()).list_consumer_group_offsets(group, partitions=[*partitions])
        if missing := {*partitions} - {*answer}:
            raise NotKnownYet(f"{group}: {len(missing)} partitions")
        return {partition: committed.offset for partition, committed in answer.items() if committed.offset >= 0}

    async def committed_metadata(self, group: str) -> str:
        """Return what was written beside the offset that the group has committed; nothing when there is none."""
        offsets = await (await self._asking()).list_consumer_group_offsets(group)
        return next((committed.metadata for committed in offsets.values() if committed.offset >= 0), "")

    async def check_idle(self, group: str) -> None:
        """Raises GroupIsAtWork while somebody reads in the group, KafkaError when Kafka does not say."""
        (answer,) = await (await self._asking()).describe_consumer_groups([group])
        for code, name, state, *_ in answer.groups:
            if code:
                raise for_code(code)(name)
            if state not in IDLE:
                raise GroupIsAtWork(name)

    async def set_offsets(self, group: str, offsets: Mapping[TopicPartition, int], metadata: str = "") -> None:
        """Set where a group that nobody reads in will go on. Raises GroupIsAtWork, KafkaError."""
        consumer = member(self.bus, group)
        await consumer.start()
        try:
            consumer.assign([*offsets])
            await consumer.commit({partition: (offset, metadata) for partition, offset in offsets.items()})
        except (CommitFailedError, UnknownMemberIdError, IllegalGenerationError, RebalanceInProgressError) as error:
            raise GroupIsAtWork(group) from error
        finally:
            await bounded("group", consumer.stop(), CLOSES_WITHIN)

    async def offsets_at(self, partitions: Sequence[TopicPartition], moment: datetime) -> dict[TopicPartition, int]:
        """Return the first offset of each log since that moment; its end when nothing came since."""
        log = await self._observing()
        milliseconds = int(moment.timestamp() * 1000)
        at_or_after = await log.offsets_for_times(dict.fromkeys(partitions, milliseconds))
        ends = await log.end_offsets(partitions)
        return {
            partition: at_or_after[partition].offset if at_or_after[partition] else ends[partition]
            for partition in partitions
        }

    async def read(
        self, first: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> list[ConsumerRecord]:
        """Read what these logs have from there on and before their ends, in order a partition.

        Raises TimeoutError when Kafka is silent for `READS_WITHIN`.
        """
        log = await self._observing()
        left = [partition for partition in first if first[partition] < ends[partition]]
        log.assign(left)
        for partition in left:
            log.seek(partition, first[partition])
        records: list[ConsumerRecord] = []
        while left:
            async with asyncio.timeout(READS_WITHIN):
                records += await some(log, left)
            left = [partition for partition in left if await log.position(partition) < ends[partition]]
        return [record for record in records if record.offset < ends[TopicPartition(record.topic, record.partition)]]

    async def batches(self, where: TopicPartition, first: int, end: int) -> AsyncIterator[list[ConsumerRecord]]:
        """Read a log from there on and before its end, as it comes. Raises TimeoutError when Kafka is silent."""
        log = await self._observing()
        log.assign([where])
        log.seek(where, first)
        while await log.position(where) < end:
            async with asyncio.timeout(READS_WITHIN):
                records = await some(log, [where])
            yield [record for record in records if record.offset < end]

    async def whole(self, topics: Iterable[str]) -> list[TopicPartition]:
        """Return every partition of these topics. Raises KafkaError for one that is not there."""
        named = [*topics]
        counts = await self.partitions(named) if named else {}
        return [TopicPartition(topic, number) for topic, count in counts.items() for number in range(count)]

    async def settings(self, topics: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return what each topic is set to. Needs the right DescribeConfigs. Raises KafkaError."""
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
        settings: dict[str, dict[str, str]] = {}
        for answer in await (await self._asking()).describe_configs(asked):
            for code, message, _, topic, entries in answer.resources:
                if code:
                    raise for_code(code)(message)
                settings[topic] = {entry[0]: entry[1] for entry in entries}
        return settings

    async def _asking(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            self._admin, self._observer = AIOKafkaAdminClient(**self.bus.client()), observer(self.bus)
            await self._admin.start()
            await self._observer.start()
        return self._admin

    async def _observing(self) -> AIOKafkaConsumer:
        await self._asking()
        return self._observer

    async def close(self) -> None:
        """Close within bounds, also while Kafka is away."""
        admin, seen, self._admin, self._observer = self._admin, self._observer, None, None
        if admin is not None and seen is not None:
            await bounded("admin", admin.close(), CLOSES_WITHIN)
            await bounded("observer", seen.stop(), CLOSES_WITHIN)


async def some(log: AIOKafkaConsumer, left: Sequence[TopicPartition]) -> list[ConsumerRecord]:
    """Read the next records of these partitions; none when they have only been stepped over."""
    before = [await log.position(partition) for partition in left]
    while not (batches := await log.getmany(*left, timeout_ms=READ_MS)):
        if before != [await log.position(partition) for partition in left]:
            return []
    return [record for records in batches.values() for record in records]
