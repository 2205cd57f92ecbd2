"""Where our consumer groups stand on the bus: what waits over all partitions, what stands still, which topics differ.

One look asks for all groups of the service together. What a group has committed was applied, by whichever instance;
what is in hand was not.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from aiokafka import TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from chassis import db, losses, telemetry, topics
from chassis.broker import Consumer, group_of
from chassis.cluster import Cluster
from chassis.db import Database, Transaction
from chassis.health import STUCK_AFTER
from chassis.losses import Loss, loss
from chassis.positions import Positions, reached
from contracts.topics import Topic

LOOK_EVERY = 2.0  # seconds
COMPARE_EVERY = 30.0  # seconds, the settings of topics


@dataclass(frozen=True)
class Place:
    """In one partition: the oldest offset that Kafka has, the next that it will give, and what the group committed."""

    first: int
    end: int
    committed: int | None

    @property
    def behind(self) -> int:
        return max(0, self.end - max(self.committed or 0, self.first))


@dataclass
class Group:
    """One group of ours, as it was when last looked at. `moved_at`: when a partition last had no reason to hurry."""

    consumer: Consumer
    name: str
    places: Mapping[int, Place] = field(default_factory=dict)
    moved_at: dict[int, float] = field(default_factory=dict)

    @property
    def topic(self) -> Topic:
        return self.consumer.intake.subscription.topic

    @property
    def behind(self) -> int:
        return sum(place.behind for place in self.places.values())

    def losses(self, places: Mapping[int, Place], applied: Positions) -> Iterator[Loss]:
        """Return what was lost by what the group has committed, and had when last looked at.

        Meanwhile its consumer may have gone on.

        At the first look what the database has applied tells whether Kafka was put back, and the group with it.
        """
        for number, place in places.items():
            before = self.places.get(number)
            done = applied.get(TopicPartition(self.topic.name, number), 0)
            remembered = before.committed if before else max(done, place.end)
            for committed in {place.committed, remembered} - {None}:
                if lost := loss(self.topic.name, number, committed or 0, place.first, place.end):
                    yield lost

    def update(self, places: Mapping[int, Place]) -> None:
        for number, place in places.items():
            before = self.places.get(number)
            if not place.behind or before is None or before.committed != place.committed:
                self.moved_at[number] = time.monotonic()
        self.places = places
        telemetry.consumer_lag.labels(self.topic.name).set(self.behind)

    def verdict(self) -> str:
        """Say what is wrong.

        A partition stands still when something waits in it and its group has committed nothing for long.
        """
        now = time.monotonic()
        idle = {number: now - self.moved_at[number] for number, place in self.places.items() if place.behind}
        still = [number for number, seconds in idle.items() if seconds > STUCK_AFTER]
        if not still and not (idle and self.consumer.fault):
            return ""
        where = f" (partitions {', '.join(map(str, still))})" if still else ""
        waits = f"{self.behind} messages en attente, rien d'appliqué depuis {max(idle.values()):.0f} s{where}"
        return f"{waits} {self.consumer.fault}".strip()


class Standing:
    """Of the service's groups, looked at together, and of the topics that it reads or writes."""

    def __init__(self, cluster: Cluster, service: str, consumers: Sequence[Consumer], database: Database) -> None:
        self.cluster, self.database = cluster, database
        by_topic = {consumer.intake.subscription.topic.name: consumer for consumer in consumers}
        self.groups = {
            name: Group(consumer, group_of(service, consumer.intake.subscription.topic))
            for name, consumer in by_topic.items()
        }
        written = {topic.name: topic for topic in topics.own_topics(service)}
        self.topics = written | {name: group.topic for name, group in self.groups.items()}
        self._partitions_differ = self._settings_differ = ""
        self._compare_at = 0.0

    async def look(self) -> str:
        """Look; return what keeps us from knowing, if anything does."""
        try:
            await self.refresh()
        except (TopicAuthorizationFailedError, GroupAuthorizationFailedError) as error:
            return f"Kafka refuse : il manque un droit ({type(error).__name__} : {error})"
        except (KafkaError, OSError) as error:
            return f"Kafka injoignable ({type(error).__name__})"
        except Exception as error:
            if not db.away(error):
                raise
            return f"base de données injoignable ({type(error).__name__})"
        return ""

    async def refresh(self) -> None:
        """Raises KafkaError or OSError when Kafka does not say, the database's error when it does not.

        What is not recorded is seen again.
        """
        now = self.database.clock.now()
        applied = await self._applied()
        try:
            places = await self._places()
        except BaseException:
            await self.cluster.close()
            raise
        if lost := [each for topic, group in self.groups.items() for each in group.losses(places[topic], applied)]:
            await self.database.transact(partial(_record, lost=lost))
        for topic, group in self.groups.items():
            group.update(places[topic])
            if not group.behind:
                group.consumer.fresh_at = now

    async def _applied(self) -> Positions:
        """Only the first look needs it."""
        if all(group.places for group in self.groups.values()):
            return {}
        async with self.database.reading() as reading:
            return await reached(reading, self.groups)

    def differences(self) -> str:
        """Say what is not as the contracts say."""
        return " ; ".join(filter(None, (self._partitions_differ, self._settings_differ)))

    async def _compare(self, partitions: Mapping[str, int]) -> None:
        others = (topics.partitions_differ(topic, partitions[name]) for name, topic in self.topics.items())
        self._partitions_differ = " ; ".join(filter(None, others))
        if time.monotonic() >= self._compare_at:
            self._settings_differ = await self._settings()
            self._compare_at = time.monotonic() + COMPARE_EVERY

    async def _settings(self) -> str:
        try:
            settings = await self.cluster.settings(self.topics)
        except TopicAuthorizationFailedError:
            return "réglages des sujets illisibles : il manque le droit DescribeConfigs"
        return " ; ".join(
            filter(None, (topics.settings_differ(topic, settings[name]) for name, topic in self.topics.items()))
        )

    async def _places(self) -> dict[str, dict[int, Place]]:
        """What groups have committed is asked before the log's ends, which may grow meanwhile: else they look cut."""
        partitions = await self.cluster.partitions(self.topics)
        await self._compare(partitions)
        whole = [TopicPartition(topic, number) for topic in self.groups for number in range(partitions[topic])]
        committed: dict[TopicPartition, int] = {}
        for topic, group in self.groups.items():
            committed |= await self.cluster.committed(group.name, [where for where in whole if where.topic == topic])
        places: dict[str, dict[int, Place]] = {topic: {} for topic in self.groups}
        for where, edges in (await self.cluster.edges(whole)).items():
            places[where.topic][where.partition] = Place(*edges, committed.get(where))
        return places


async def _record(tx: Transaction, lost: Sequence[Loss]) -> None:
    for each in lost:
        await losses.record(tx, each)
