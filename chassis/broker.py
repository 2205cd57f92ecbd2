"""Consumes from Kafka: one subscriber per topic, each in a group of its own, batches to the intake, commits after it.

Parser and decoder are ours (`chassis.private`). While the database is away the partitions are paused and looked at
again with back-off.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from sqlalchemy import text

from chassis import db, private
from chassis.bus import Bus
from chassis.db import Database
from chassis.intake import Intake
from contracts.topics import Topic

log = structlog.get_logger("broker")

SMALL = 50  # records in a batch
GATHERS = 0.05  # seconds: what follows a small batch that closely is applied together
NOTICED_WITHIN = 10_000  # milliseconds, until a new partition is seen
STOPS_WITHIN = 3.0  # seconds, for the batch that is in hand at the end
FIRST_PROBE, LAST_PROBE = 0.5, 5.0  # seconds between two looks at an absent database


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One subscription: passes batches on, and pauses while the database is away."""

    def __init__(self, intake: Intake, database: Database) -> None:
        self.intake = intake
        self.database = database
        self.kafka: AIOKafkaConsumer | None = None
        self.fault = ""
        self.fresh_at: datetime | None = None  # when everything that had been said was applied, by all instances
        self._probe: asyncio.Task[None] | None = None

    async def consume(self, message: KafkaMessage) -> None:
        self.kafka = message.consumer
        records: Sequence[ConsumerRecord] = message.raw_message
        try:
            await self.intake.apply(records)
            self.fault = ""
            if len(records) < SMALL:
                await asyncio.sleep(GATHERS)
        except Exception as error:
            self.fault = f"{type(error).__name__} : {str(error)[:200]}"
            self._pause()
            raise

    def _pause(self) -> None:
        if self.kafka is not None:
            self.kafka.pause(*self.kafka.assignment())
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._resume_when_back())

    async def _resume_when_back(self) -> None:
        delay = FIRST_PROBE
        while not await reachable(self.database):
            await asyncio.sleep(delay)
            delay = min(delay * 2, LAST_PROBE)
        await asyncio.sleep(FIRST_PROBE)
        if self.kafka is not None:
            self.kafka.resume(*self.kafka.paused())

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Pause again while the database is away: pauses are forgotten at a rebalance."""
        if self._probe is not None and not self._probe.done() and self.kafka is not None:
            self.kafka.pause(*assigned)

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        pass

    async def close(self) -> None:
        if self._probe is not None:
            self._probe.cancel()


async def reachable(database: Database) -> bool:
    """Ask the database something. Whatever keeps it from answering: who waits for it looks again."""
    try:
        async with database.reading() as reading:
            await reading.execute(text("SELECT 1"))
    except Exception as error:
        if not db.away(error):
            log.exception("database does not answer")
        return False
    return True


def consuming_broker(bus: Bus, service: str) -> KafkaBroker:
    private.read_any_names()
    return KafkaBroker(
        bus.bootstrap,
        client_id=service,
        security=bus.security(),
        parser=private.as_read,
        decoder=private.undecoded,
        consumer_only=True,
        allow_auto_create_topics=False,
        metadata_max_age_ms=NOTICED_WITHIN,
        graceful_timeout=STOPS_WITHIN,
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
        apply_types=False,
    )


def group_of(service: str, topic: Topic) -> str:
    return f"{service}.{topic.short}"


def observer(bus: Bus) -> AIOKafkaConsumer:
    """Make a consumer of no group and no topic: it asks where logs begin and end."""
    return AIOKafkaConsumer(**bus.client(), metadata_max_age_ms=NOTICED_WITHIN)


def member(bus: Bus, group: str) -> AIOKafkaConsumer:
    """Make a consumer that sets where a group goes on, and reads nothing."""
    return AIOKafkaConsumer(**bus.client(), group_id=group, enable_auto_commit=False)


def listen(broker: KafkaBroker, service: str, consumer: Consumer, instance: str = "") -> None:
    """Subscribe. With an `instance` name that survives restarts, a restart costs no rebalance."""
    group = group_of(service, consumer.intake.subscription.topic)
    subscriber = broker.subscriber(
        consumer.intake.subscription.topic.name,
        batch=True,
        max_records=500,
        batch_timeout_ms=50,
        group_id=group,
        group_instance_id=f"{group}.{instance}" if instance else None,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        auto_offset_reset="earliest",
        session_timeout_ms=6000,
        heartbeat_interval_ms=2000,
        listener=consumer,
        no_reply=True,
    )
    subscriber(consumer.consume)
