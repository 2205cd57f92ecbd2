"""Listens to every topic, as a partner would, and remembers what was said where."""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.event import partition_key
from contracts.topics import TOPICS

SEEN_WITHIN = 60.0  # seconds


class NotObserved(AssertionError):
    """What should have happened was not seen where it belongs."""


@dataclass(frozen=True)
class Seen:
    """One record, and where it is on the bus."""

    topic: str
    partition: int
    offset: int
    key: str
    type: str
    id: str
    correlation: str
    body: bytes

    def id_in(self, name: str) -> UUID:
        """One of the ids that the event carries."""
        return UUID(json.loads(self.body)[name])

    def __str__(self) -> str:
        return f"{self.type}  {self.topic}[{self.partition}]@{self.offset}  {self.id}"


def seen(record: ConsumerRecord) -> Seen:
    headers = {name: value.decode() for name, value in record.headers}
    return Seen(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=(partition_key(record.headers, record.key) or b"").decode(),
        type=headers.get("ce_type", ""),
        id=headers.get("ce_id", ""),
        correlation=headers.get("ce_correlationid", ""),
        body=record.value or b"",
    )


@dataclass
class Listener:
    """A thread of its own, so that the story can be told in plain order. `within`: seconds that a record may take."""

    bootstrap: str
    within: float = SEEN_WITHIN
    records: list[Seen] = field(default_factory=list)
    _ready: threading.Event = field(default_factory=threading.Event)
    _closing: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def listening(self) -> Iterator["Listener"]:
        thread = threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True)
        thread.start()
        self._ready.wait(self.within)
        try:
            yield self
        finally:
            self._closing.set()
            thread.join(self.within)

    async def _listen(self) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        await consumer.start()
        try:
            consumer.assign(
                [TopicPartition(name, number) for name, topic in TOPICS.items() for number in range(topic.partitions)]
            )
            await consumer.seek_to_end()
            self._ready.set()
            while not self._closing.is_set():
                batches = await consumer.getmany(timeout_ms=100)
                self.records += [seen(record) for records in batches.values() for record in records]
        finally:
            await consumer.stop()

    def wait_for(self, kind: str, key: str = "", containing: str = "", count: int = 1) -> Seen:
        """The last of `count` records of that type, key and content. Raises NotObserved."""
        deadline = time.monotonic() + self.within
        while time.monotonic() < deadline:
            matching = [
                record
                for record in self.records
                if record.type.rpartition(".")[0] == kind
                and (not key or record.key == key)
                and containing.encode() in record.body
            ]
            if len(matching) >= count:
                return matching[count - 1]
            time.sleep(0.02)
        raise NotObserved(f"{kind} n'a pas été entendu sur le bus (clé {key or 'quelconque'})")
