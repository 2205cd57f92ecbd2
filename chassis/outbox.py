"""What a transaction publishes is stored with what it did; the relay hands it to Kafka after the commit."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Identity,
    Interval,
    LargeBinary,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis import telemetry
from chassis.db import Transaction, chassis_tables
from contracts.event import PARTITION_KEY, WITHDRAWN, CloudEvent, Event
from contracts.ids import uuid7

LARGEST_BODY = 512 * 1024  # bytes; the brokers take 1 MiB with headers

STORED = ("event_id", "topic", "key", "headers", "body")

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


STORE = text("""
    INSERT INTO outbox (event_id, topic, key, headers, body)
    SELECT event_id, topic, key, CAST(headers AS jsonb) || jsonb_build_object('ce_time', (SELECT to_char(
        (clock_timestamp() + :ahead) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))), body
    FROM unnest(:event_id, :topic, :key, :headers, :body)
        WITH ORDINALITY AS given (event_id, topic, key, headers, body, place)
    ORDER BY place
""").bindparams(
    bindparam("ahead", type_=Interval),
    bindparam("event_id", type_=ARRAY(Uuid)),
    bindparam("body", type_=ARRAY(LargeBinary)),
    *[bindparam(name, type_=ARRAY(Text)) for name in ("topic", "key", "headers")],
)
"""They happened now: who waited longest for its locks happened last, whenever its transaction began. The database's
clock says so, for that is one for all instances."""


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


def _add(tx: Transaction, *rows: dict[str, Any]) -> None:
    if not tx.published:
        tx.last_act = store
    tx.published += rows


async def store(tx: Transaction) -> None:
    arrays = {name: [row[name] for row in tx.published] for name in STORED}
    await tx.execute(STORE, {"ahead": tx.clock.offset(), **arrays})


async def store_so_far(tx: Transaction) -> None:
    """Store what was published so far. For a transaction that publishes more than memory should hold, and goes on.

    It has locked all that it changes.
    """
    await tx.flush()
    if tx.published:
        await store(tx)
        tx.published.clear()


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
