"""What a transaction publishes is stored with what it did; the relay hands it to Kafka after the commit."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    LargeBinary,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis import telemetry
from chassis.db import Transaction, chassis_tables
from contracts.event import PARTITION_KEY, WITHDRAWN, CloudEvent, Event
from contracts.ids import uuid7

LARGEST_BODY = 512 * 1024  # bytes; the brokers take 1 MiB with headers

RELAY = "relay"
"""Whom a transaction that publishes wakes when it is committed: `Database.woken`."""

outbox = Table(
    "outbox",
    chassis_tables,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary),
    Column("said_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


class EventTooLarge(ValueError):
    """A fault of the program: an event carries identifiers and state, not documents."""


def publish(tx: Transaction, *events: Event) -> None:
    """Publish what happened: stored at the end of the transaction, by one INSERT after everything that it changed.

    Were the outbox written before the aggregate is locked by its UPDATE, two transactions on one aggregate could be
    published in the wrong order.
    """
    _add(tx, *[row(event, tx.now) for event in events])


def withdraw(tx: Transaction, topic: str, partition_key: str, record_key: str) -> None:
    """Let Kafka forget what lies under this key, in the partition of that one. Readers skip it: docs/decisions/0100."""
    event_id = uuid7()
    headers = withdrawing(event_id, topic, partition_key, record_key)
    stored = orjson.dumps(headers).decode()
    _add(tx, {"event_id": event_id, "topic": topic, "key": partition_key, "headers": stored, "body": None})


def withdrawing(event_id: UUID, topic: str, partition_key: str, record_key: str) -> dict[str, str]:
    """Return the headers of a record that withdraws what lies under a key; the outbox stamps its time."""
    return {
        "ce_specversion": "1.0",
        "ce_id": str(event_id),
        "ce_source": "/" + topic.partition(".")[0],
        "ce_type": WITHDRAWN,
        "ce_subject": record_key,
        PARTITION_KEY: partition_key,
    }


def _add(tx: Transaction, *events: dict[str, Any]) -> None:
    tx.published += events
    tx.wakes.add(RELAY)


async def store_so_far(tx: Transaction) -> None:
    """Store what was published so far. For a transaction that publishes more than memory should hold, and goes on.

    It has locked all that it changes.
    """
    await tx.flush()
    await tx.store_published()


def row(event: Event, time: datetime) -> dict[str, Any]:
    envelope = CloudEvent(
        id=uuid7(),
        time=time,
        event=event,
        correlation_id=telemetry.correlation_id(),
        traceparent=telemetry.traceparent(),
    )
    body = event.body
    if body is not None and len(body) > LARGEST_BODY:
        raise EventTooLarge(f"{event.type}: {len(body)} bytes")
    return {
        "event_id": envelope.id,
        "topic": event.topic,
        "key": event.key,
        "headers": orjson.dumps(envelope.headers()).decode(),
        "body": body,
    }
