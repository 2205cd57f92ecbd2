"""Whether a topic in Kafka is as the contracts say: its number of partitions, and each setting that they name.

The number decides where a key lies: a producer that reads another number from Kafka would send a person's next event to
another partition than the last, past those who still read the last. docs/operate/partitions.md says how it is changed.
"""

from collections.abc import Mapping
from uuid import UUID

from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from contracts.event import WITHDRAWN
from contracts.topics import TOPICS, Topic

PROCEDURE = "docs/operate/partitions.md"

_partition_of = DefaultPartitioner()


class OtherPartitions(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """A topic has not as many partitions as the contracts say: nothing may be sent to it."""


def partition(topic: str, key: bytes, seen: int) -> int:
    """Return where a partition key lies, by the number that the contracts give; they do not know every topic.

    `seen` is how many partitions Kafka has. Raises OtherPartitions when that is another number.
    """
    if topic in TOPICS and seen != TOPICS[topic].partitions:
        raise OtherPartitions(partitions_differ(TOPICS[topic], seen))
    numbers = [*range(seen)]
    number: int = _partition_of(key, numbers, numbers)
    return number


def record_key(topic: str, partition_key: str, event_id: UUID, headers: Mapping[str, str]) -> str:
    """Return by what Kafka forgets a record: on a topic of events each has a key of its own.

    What withdraws a record names its key as the subject.
    """
    if headers.get("ce_type") == WITHDRAWN:
        return headers["ce_subject"]
    if topic in TOPICS and TOPICS[topic].states:
        return partition_key
    return f"{partition_key}/{event_id}"


def own_topics(service: str) -> list[Topic]:
    """Return those that it alone publishes on."""
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
