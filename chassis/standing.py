"""Where our consumer groups stand on the bus: what waits over all partitions, and what stands still.

One look asks for all groups of the service together. What a group has committed was applied, by whichever instance;
what is in hand was not.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chassis import telemetry
from chassis.broker import Ear, group_of
from chassis.clock import Clock
from chassis.cluster import Cluster
from chassis.health import STUCK_AFTER
from contracts.topics import Topic

LOOK_EVERY = 2.0  # seconds


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

    ear: Ear
    name: str
    places: Mapping[int, Place] = field(default_factory=dict)
    moved_at: dict[int, float] = field(default_factory=dict)

    @property
    def topic(self) -> Topic:
        return self.ear.intake.hearing.topic

    @property
    def behind(self) -> int:
        return sum(place.behind for place in self.places.values())

    def update(self, places: Mapping[int, Place]) -> None:
        for number, place in places.items():
            before = self.places.get(number)
            if not place.behind or before is None or before.committed != place.committed:
                self.moved_at[number] = time.monotonic()
        self.places = places
        telemetry.consumer_lag.labels(self.topic.name).set(self.behind)

    def verdict(self) -> str:
        """A partition stands still when something waits in it and its group has committed nothing for long."""
        now = time.monotonic()
        idle = {number: now - self.moved_at[number] for number, place in self.places.items() if place.behind}
        still = [number for number, seconds in idle.items() if seconds > STUCK_AFTER]
        if not still and not (idle and self.ear.fault):
            return ""
        where = f" (partitions {', '.join(map(str, still))})" if still else ""
        waits = f"{self.behind} messages en attente, rien d'appliqué depuis {max(idle.values()):.0f} s{where}"
        return f"{waits} {self.ear.fault}".strip()


class Standing:
    """Of the service's groups, looked at together."""

    def __init__(self, cluster: Cluster, service: str, ears: Sequence[Ear], clock: Clock) -> None:
        self.cluster, self.clock = cluster, clock
        topics = {ear.intake.hearing.topic.name: ear for ear in ears}
        self.groups = {name: Group(ear, group_of(service, ear.intake.hearing.topic)) for name, ear in topics.items()}

    async def look(self) -> str:
        """What keeps us from knowing, if anything does."""
        try:
            await self.refresh()
        except (KafkaError, OSError) as error:
            return f"Kafka injoignable ({type(error).__name__})"
        return ""

    async def refresh(self) -> None:
        """Raises KafkaError or OSError when Kafka does not say."""
        now = self.clock.now()
        try:
            found = await self._places()
        except BaseException:
            await self.cluster.close()
            raise
        for topic, group in self.groups.items():
            group.update(found[topic])
            if not group.behind:
                group.ear.fresh_at = now

    async def _places(self) -> dict[str, dict[int, Place]]:
        partitions = await self.cluster.partitions(self.groups)
        whole = [TopicPartition(topic, number) for topic, count in partitions.items() for number in range(count)]
        edges = await self.cluster.edges(whole)
        found: dict[str, dict[int, Place]] = {topic: {} for topic in self.groups}
        for topic, group in self.groups.items():
            committed = await self.cluster.committed(group.name)
            for one in (one for one in whole if one.topic == topic):
                found[topic][one.partition] = Place(*edges[one], committed.get(one))
        return found
