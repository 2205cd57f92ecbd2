"""Whether a topic in Kafka is as the contracts say: its number of partitions, and each setting that they name.

The number decides where a key lies: a producer that reads another number from Kafka would send a person's next event to
another partition than the last, past those who still read the last. docs/operate/partitions.md says how it is changed.
"""

from collections.abc import Mapping

from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from contracts.topics import TOPICS, Topic

PROCEDURE = "docs/operate/partitions.md"

_partition_of = DefaultPartitioner()


class OtherPartitions(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """A topic has not as many partitions as the contracts say: nothing may be sent to it."""


def partition(topic: str, key: bytes, seen: int) -> int | None:
    """Where a key lies, by the number that the contracts give; None for a topic that they do not know.

    `seen` is how many partitions Kafka has. Raises OtherPartitions when that is another number.
    """
    if topic not in TOPICS:
        return None
    if seen != TOPICS[topic].partitions:
        raise OtherPartitions(partitions_differ(TOPICS[topic], seen))
    numbers = [*range(seen)]
    number: int = _partition_of(key, numbers, numbers)
    return number


def own_topics(service: str) -> list[Topic]:
    """Those that it alone publishes on."""
    return [topic for name, topic in TOPICS.items() if name.partition(".")[0] == service]


def partitions_differ(topic: Topic, seen: int) -> str:
    if seen == topic.partitions:
        return ""
    return f"{topic.name} : {seen} partitions dans Kafka, {topic.partitions} dans les contrats (voir {PROCEDURE})"


def settings_differ(topic: Topic, seen: Mapping[str, str]) -> str:
    """Settings that the contracts do not name may be anything."""
    others = [
        f"{name} = {seen.get(name)} au lieu de {value}"
        for name, value in topic.config.items()
        if seen.get(name) != value
    ]
    return f"{topic.name} : {', '.join(others)}" if others else ""
