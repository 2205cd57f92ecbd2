"""Whether a topic in Kafka is as the contracts say: its number of partitions, and each setting that they name.

The number decides where a key lies: a producer that reads another number from Kafka would send a person's next event to
another partition than the last, past those who still read the last. docs/operate/partitions.md says how it is changed.
"""

import struct
from collections.abc import Mapping
from uuid import UUID

from aiokafka.errors import KafkaError

from contracts.event import WITHDRAWN
from contracts.topics import TOPICS, Topic

PROCEDURE = "docs/operate/partitions.md"

HASH_SEED, HASH_FACTOR, UNSIGNED = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF


class OtherPartitions(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """A topic has not as many partitions as the contracts say: nothing may be sent to it."""


def partition(topic: str, key: bytes, seen: int) -> int:
    """Return where a partition key lies, by the number that the contracts give; they do not know every topic.

    `seen` is how many partitions Kafka has. Raises OtherPartitions when that is another number.
    """
    if topic in TOPICS and seen != TOPICS[topic].partitions:
        raise OtherPartitions(partitions_differ(TOPICS[topic], seen))
    return (murmur2(key) & 0x7FFFFFFF) % seen


def murmur2(key: bytes) -> int:
    """Return Kafka's hash of a key, as its own clients do. aiokafka's takes three times as long, half of the relay."""
    words = len(key) // 4
    mixed = HASH_SEED ^ len(key)
    for word in struct.unpack_from(f"<{words}I", key):
        scaled = word * HASH_FACTOR & UNSIGNED
        mixed = (mixed * HASH_FACTOR & UNSIGNED) ^ ((scaled ^ scaled >> 24) * HASH_FACTOR & UNSIGNED)
    if rest := key[4 * words :]:
        mixed = (mixed ^ int.from_bytes(rest, "little")) * HASH_FACTOR & UNSIGNED
    mixed = (mixed ^ mixed >> 13) * HASH_FACTOR & UNSIGNED
    return mixed ^ mixed >> 15


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
