"""One correlation from the form to the SMS: what is published because of an event carries the event's."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aiokafka import ConsumerRecord
from sqlalchemy import text

from chassis import outbox, telemetry
from chassis.batching import Batcher
from chassis.clock import Clock
from chassis.db import Database, Transaction
from chassis.intake import Intake, Subscription
from contracts.booking import SeatDeclined
from contracts.event import CloudEvent
from contracts.ids import uuid7
from contracts.topics import Topic
from tests.chassis.conftest import declined, record


async def answer(tx: Transaction, events: Sequence[SeatDeclined]) -> None:
    """Look at the events of a batch twice, and publish one because of each."""
    assert {event.offer_id for event in events}
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        assert len([other for other in events if other.session_id == event.session_id]) == len(events)
        outbox.publish(tx, event)


def of(correlation: str, number: int) -> ConsumerRecord[bytes, bytes]:
    event = declined()
    envelope = CloudEvent(id=uuid7(), time=Clock().now(), event=event, correlation_id=correlation)
    return replace(record(event, number, envelope), offset=number)


async def published(database: Database) -> list[Any]:
    async with database.reading() as reading:
        return [*await reading.scalars(text("SELECT headers->>'ce_correlationid' FROM outbox ORDER BY id"))]


async def test_core_14_what_is_published_because_of_an_event_carries_its_correlation(
    counted: Database, topic: Topic
) -> None:
    await Intake(counted, Subscription(topic, answer)).apply([of(which, number) for number, which in enumerate("abc")])
    assert await published(counted) == ["a", "b", "c"]


async def test_core_14_what_a_batch_publishes_of_itself_has_the_correlation_of_none_before(
    counted: Database, topic: Topic
) -> None:
    async def careless(tx: Transaction, events: Sequence[SeatDeclined]) -> None:
        outbox.publish(tx, *events)

    await Intake(counted, Subscription(topic, answer)).apply([of("a", 0)])
    await Intake(counted, Subscription(topic, careless)).apply([of("b", 1)])
    first, second = await published(counted)
    assert first == "a"
    assert second not in {"", "a"}


async def test_core_14_what_a_batcher_publishes_of_itself_has_the_correlation_of_none_who_asked(
    counted: Database,
) -> None:
    async def careless(tx: Transaction, requests: Sequence[str]) -> Sequence[None]:
        outbox.publish(tx, declined())
        return [None for _ in requests]

    telemetry.set_correlation("who asked")
    await Batcher(counted, careless).ask("a")
    assert await published(counted) != ["who asked"]


async def test_core_14_looking_at_events_changes_no_correlation(counted: Database, topic: Topic) -> None:
    seen: list[str] = []

    async def look(_: Transaction, events: Sequence[SeatDeclined]) -> None:
        telemetry.set_correlation("before")
        seen.extend(event.key for event in events)
        seen.append(telemetry.correlation_id())

    await Intake(counted, Subscription(topic, look)).apply([of(which, number) for number, which in enumerate("abc")])
    assert seen[3:] == ["before"]


def test_core_14_the_correlation_is_no_part_of_what_happened() -> None:
    event = declined()
    assert event.correlation_id == ""
    assert event.model_copy().correlated("a") == event
    assert event.model_copy().correlated("a").body == event.body
    assert event.correlated("a").model_copy().correlation_id == "a"
