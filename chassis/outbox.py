"""What a transaction says is stored with what it did; the relay hands it to Kafka after the commit."""

from datetime import datetime
from typing import Any

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

from chassis import rows, telemetry
from chassis.db import Transaction, chassis_tables
from contracts.event import CloudEvent, Event
from contracts.ids import uuid7

LARGEST_BODY = 512 * 1024  # bytes; the brokers take 1 MiB with headers

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


def say(tx: Transaction, *events: Event) -> None:
    """Say what happened. It is stored at the end of the transaction, by one INSERT after everything that it changed.

    Were the outbox written before the aggregate is locked by its UPDATE, two transactions on one aggregate could be
    told in the wrong order.
    """
    if not tx.said:
        tx.last_act = store
    tx.said += [row(event, tx.now) for event in events]


async def store(tx: Transaction) -> None:
    await rows.add(tx, outbox, tx.said)


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
