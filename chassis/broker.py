"""Hears Kafka: one subscriber per topic, each in a group of its own, batches to the intake, commits after it.

The parser is ours: FastStream's own loses a whole batch to one broken header, and its decoder blocks the partition on
one broken body. While the database is away the partitions are paused and looked at again with back-off.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from sqlalchemy import text

from chassis import db, telemetry
from chassis.bus import Bus
from chassis.db import Database
from chassis.intake import Intake

log = structlog.get_logger("broker")

SMALL = 50  # records in a batch
GATHERS = 0.05  # seconds: what follows a small batch that closely is applied together
ANSWERS_WITHIN = 3.0  # seconds, for a question to Kafka
FIRST_PROBE, LAST_PROBE = 0.5, 5.0  # seconds between two looks at an absent database


async def as_read(records: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:  # noqa: ANN401 - FastStream's seam
    """Parse without looking at headers or bodies: the intake reads each record by itself, and forgives.

    One record, without its headers, is enough for FastStream to make the message that is acknowledged as a whole.
    """
    message = await original((replace(records[0], headers=()),))
    message.raw_message = records
    return message


async def undecoded(message: KafkaMessage) -> KafkaMessage:
    """What the handler is given: the message itself, with the records as they came."""
    return message


class NotListening(RuntimeError):
    """The subscription has not begun: Kafka was not reached yet."""


class Ear(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One subscription: passes batches on, and pauses while the database is away."""

    def __init__(self, intake: Intake, database: Database) -> None:
        self.intake = intake
        self.subscriber: BatchSubscriber | None = None
        self.database = database
        self.consumer: AIOKafkaConsumer | None = None
        self.listening = False
        self.fault = ""
        self.moved_at = time.monotonic()
        self.fresh_at: datetime | None = None
        self._in_hand = 0
        self._probe: asyncio.Task[None] | None = None

    async def hear(self, message: KafkaMessage) -> None:
        self.consumer = message.consumer
        records: Sequence[ConsumerRecord] = message.raw_message
        self._in_hand = len(records)
        try:
            await self.intake.take(records)
            self.fault, self.moved_at, self._in_hand = "", time.monotonic(), 0
            if len(records) < SMALL:
                await asyncio.sleep(GATHERS)
        except Exception as error:
            self.fault = f"{type(error).__name__} : {str(error)[:200]}"
            self._in_hand = 0  # they will be read again
            self._pause()
            raise

    def _pause(self) -> None:
        if self.consumer is not None:
            self.consumer.pause(*self.consumer.assignment())
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._resume_when_back())

    async def _resume_when_back(self) -> None:
        delay = FIRST_PROBE
        while not await reachable(self.database):
            await asyncio.sleep(delay)
            delay = min(delay * 2, LAST_PROBE)
        await asyncio.sleep(FIRST_PROBE)
        if self.consumer is not None:
            self.consumer.resume(*self.consumer.paused())

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Pauses are forgotten at a rebalance."""
        if self._probe is not None and not self._probe.done() and self.consumer is not None:
            self.consumer.pause(*assigned)

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        pass

    async def lag(self) -> int:
        """Records not yet applied, over the partitions of this instance. Raises KafkaError or TimeoutError."""
        consumer = self._listening()
        await asyncio.wait_for(consumer.topics(), ANSWERS_WITHIN)
        ends = await asyncio.wait_for(consumer.end_offsets(consumer.assignment()), ANSWERS_WITHIN)
        positions = [await consumer.position(partition) for partition in ends]
        behind: int = sum(ends.values()) - sum(positions) + self._in_hand
        if not behind:
            self.moved_at = time.monotonic()
        telemetry.behind.labels(self.intake.hearing.topic.name).set(behind)
        return behind

    async def watch(self, _: Database) -> None:
        """A periodic job: `fresh_at` is when everything that had been said was applied, by all instances together."""
        with suppress(NotListening, KafkaError, TimeoutError):
            now = self.database.clock.now()
            if not await self.lag() and await asyncio.wait_for(self._others_are_done(), ANSWERS_WITHIN):
                self.fresh_at = now

    async def _others_are_done(self) -> bool:
        """With the partitions of the other instances."""
        consumer, topic = self._listening(), self.intake.hearing.topic.name
        whole = {TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()}
        ends = await consumer.end_offsets(whole - consumer.assignment())
        return bool(whole) and all([(await consumer.committed(one) or 0) >= end for one, end in ends.items()])

    def _listening(self) -> AIOKafkaConsumer:
        consumer = self.subscriber and self.subscriber.consumer
        if not self.listening or not consumer:
            raise NotListening
        return consumer

    async def close(self) -> None:
        if self._probe is not None:
            self._probe.cancel()


async def reachable(database: Database) -> bool:
    try:
        async with database.reading() as reading:
            await reading.execute(text("SELECT 1"))
    except Exception as error:
        if db.away(error):
            return False
        raise
    return True


def hearing_broker(bus: Bus, service: str) -> KafkaBroker:
    return KafkaBroker(
        bus.bootstrap,
        client_id=service,
        security=bus.security(),
        parser=as_read,
        decoder=undecoded,
        consumer_only=True,
        allow_auto_create_topics=False,
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
        apply_types=False,
    )


def listen(broker: KafkaBroker, service: str, ear: Ear, instance: str = "") -> None:
    """Subscribe. With an `instance` name that survives restarts, a restart costs no rebalance."""
    group = f"{service}.{ear.intake.hearing.topic.short}"
    subscriber = broker.subscriber(
        ear.intake.hearing.topic.name,
        batch=True,
        max_records=500,
        batch_timeout_ms=50,
        group_id=group,
        group_instance_id=f"{group}.{instance}" if instance else None,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        auto_offset_reset="earliest",
        session_timeout_ms=6000,
        heartbeat_interval_ms=2000,
        listener=ear,
        no_reply=True,
    )
    subscriber(ear.hear)
    ear.subscriber = subscriber
