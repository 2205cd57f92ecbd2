from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from chassis import parking
from chassis.db import Database, Transaction, Unreachable
from chassis.intake import Intake, StillRefused, Subscription
from contracts.ids import uuid7
from contracts.prescription import BeneficiaryErased
from contracts.topics import Topic
from tests.chassis.conftest import Counting, declined, effects, record


async def rows(database: Database) -> Sequence[UUID]:
    async with database.reading() as reading:
        return (await reading.execute(select(effects.c.offer_id).order_by(effects.c.id))).scalars().all()


async def waiting(database: Database) -> Sequence[Any]:
    async with database.reading() as reading:
        return await parking.waiting(reading)


@pytest.fixture
def intake(counted: Database, subscription: Subscription) -> Intake:
    return Intake(counted, subscription)


async def test_a_replayed_event_has_one_effect(intake: Intake, counted: Database) -> None:
    twice = record(declined(), 1)
    await intake.apply([twice, twice])
    await intake.apply([twice])
    assert len(await rows(counted)) == 1


async def test_the_order_of_the_batch_is_the_order_of_the_effects(intake: Intake, counted: Database) -> None:
    events = [declined() for _ in range(50)]
    await intake.apply([record(event, number) for number, event in enumerate(events)])
    assert list(await rows(counted)) == [event.offer_id for event in events]


async def test_one_bad_event_is_parked_and_the_others_are_applied_in_order(
    intake: Intake, counted: Database, counting: Counting
) -> None:
    events = [declined() for _ in range(20)]
    counting.poison = {events[7].offer_id}
    await intake.apply([record(event, number) for number, event in enumerate(events)])
    assert list(await rows(counted)) == [event.offer_id for event in events if event is not events[7]]
    (parked,) = await waiting(counted)
    assert parked.offset == 7
    assert "Refused" in parked.error


async def test_a_parked_event_is_replayed_once_its_cause_is_mended(
    intake: Intake, counted: Database, counting: Counting
) -> None:
    event = declined()
    counting.poison = {event.offer_id}
    await intake.apply([record(event)])
    (parked,) = await waiting(counted)
    with pytest.raises(StillRefused, match="Refused"):
        await intake.replay(parked.id, "test")
    counting.poison.clear()
    await intake.replay(parked.id, "test")
    assert list(await rows(counted)) == [event.offer_id]
    assert not await waiting(counted)
    with pytest.raises(parking.NothingParked):
        await intake.replay(parked.id, "test")


async def test_redelivery_of_a_parked_record_parks_nothing_more_and_applies_nothing(
    intake: Intake, counted: Database, counting: Counting
) -> None:
    event = declined()
    counting.poison = {event.offer_id}
    again = record(event)
    await intake.apply([again])
    counting.poison.clear()
    await intake.apply([again])
    assert len(await waiting(counted)) == 1
    assert not await rows(counted)


async def test_what_follows_a_parked_event_of_the_same_person_waits_behind_it(
    counted: Database, topic: Topic, counting: Counting
) -> None:
    intake = Intake(counted, Subscription(topic, counting, ordered=True))
    person, other = uuid7(), uuid7()
    events = [declined(person), declined(other), declined(person)]
    counting.poison = {events[0].offer_id}
    records = [replace(record(event, number), topic=topic.name) for number, event in enumerate(events)]
    await intake.apply(records)
    later = replace(record(declined(person), 3), topic=topic.name)
    await intake.apply([later])
    assert list(await rows(counted)) == [events[1].offer_id]
    assert [parked.offset for parked in await waiting(counted)] == [0, 2, 3]


async def test_without_ordering_only_the_bad_event_waits(
    intake: Intake, counted: Database, counting: Counting, topic: Topic
) -> None:
    person = uuid7()
    events = [declined(person), declined(person), declined(person)]
    counting.poison = {events[0].offer_id}
    records = [replace(record(event, number), topic=topic.name) for number, event in enumerate(events)]
    await intake.apply(records[:2])
    await intake.apply(records[2:])
    assert list(await rows(counted)) == [event.offer_id for event in events[1:]]


async def test_a_batch_that_fails_leaves_no_trace_in_the_inbox(
    intake: Intake, counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    declining = record(declined())

    async def away(*_: object) -> None:
        raise Unreachable

    with monkeypatch.context() as patch:
        patch.setattr(Intake, "_apply", away)
        with pytest.raises(Unreachable):
            await intake.apply([declining])
    await intake.apply([declining])
    assert len(await rows(counted)) == 1


KNOWN = (
    "CREATE TABLE known (offer_id uuid PRIMARY KEY)",
    "ALTER TABLE effects ADD FOREIGN KEY (offer_id) REFERENCES known DEFERRABLE INITIALLY DEFERRED",
)


async def test_what_the_commit_would_refuse_is_parked_and_the_others_are_applied(
    intake: Intake, counted: Database
) -> None:
    """A deferred constraint speaks at the commit, when nothing tells which record is at fault."""
    events = [declined() for _ in range(5)]
    others = [event.offer_id for event in events if event is not events[2]]

    async def begin(tx: Transaction) -> None:
        for statement in KNOWN:
            await tx.execute(text(statement))
        await tx.execute(text("INSERT INTO known SELECT unnest(CAST(:ids AS uuid[]))"), {"ids": others})

    await counted.transact(begin)
    await intake.apply([record(event, number) for number, event in enumerate(events)])
    assert list(await rows(counted)) == others
    assert [one.offset for one in await waiting(counted)] == [2]


async def test_what_passes_is_not_even_read_and_asks_nothing_of_the_service(
    counted: Database, topic: Topic, counting: Counting
) -> None:
    counting.fails_once = [AssertionError("asked")]
    both = replace(topic, events=(*topic.events, BeneficiaryErased))
    passing = Intake(counted, Subscription(both, counting, consumed=BeneficiaryErased))
    await passing.apply([replace(record(declined()), value=b"{")])
    assert counting.fails_once
    assert not await waiting(counted)


def test_what_a_topic_does_not_carry_cannot_be_consumed_from_it(topic: Topic, counting: Counting) -> None:
    with pytest.raises(ValueError, match="carries no"):
        Subscription(topic, counting, consumed=BeneficiaryErased)


async def test_each_record_is_counted_by_what_became_of_it(intake: Intake, counting: Counting, topic: Topic) -> None:
    events = [declined() for _ in range(4)]
    counting.poison = {events[1].offer_id}
    records = [replace(record(event, number), topic=topic.name) for number, event in enumerate(events)]
    records[3] = replace(records[3], headers=(("ce_type", b"seat.eaten.v1"),))
    await intake.apply(records)
    counts = {outcome: REGISTRY.get_sample_value("pass_heard_total", labels(topic, outcome)) for outcome in OUTCOMES}
    assert counts == OUTCOMES
    assert REGISTRY.get_sample_value("pass_batch_seconds_count", {"topic": topic.name}) == 1


async def test_core_20_what_is_done_again_is_counted_once(intake: Intake, counted: Database, topic: Topic) -> None:
    """The commit is refused once, after all was applied and one was parked; the next time of the same is the last."""
    for statement in ONCE_A_DEADLOCK:
        await counted.transact(lambda tx, statement=statement: tx.execute(text(statement)))  # type: ignore[misc]
    records = [replace(record(declined(), number), topic=topic.name) for number in range(3)]
    records[1] = replace(records[1], value=b"{")
    await intake.apply(records)
    counted_as = {one: REGISTRY.get_sample_value("pass_heard_total", labels(topic, one)) or 0 for one in OUTCOMES}
    assert counted_as == {"applied": 2, "parked": 1, "ignored": 0}
    assert len(await rows(counted)) == 2


ONCE_A_DEADLOCK = (
    "CREATE SEQUENCE tries",
    """
    CREATE FUNCTION refused_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF nextval('tries') = 1 THEN RAISE deadlock_detected; END IF; RETURN NULL; END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER refused_once AFTER INSERT ON effects DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refused_once()
    """,
)
OUTCOMES = {"applied": 2, "parked": 1, "ignored": 1}


def labels(topic: Topic, outcome: str) -> dict[str, str]:
    return {"topic": topic.name, "outcome": outcome}


@pytest.mark.parametrize("fault", [TimeoutError(), FileNotFoundError(), ConnectionRefusedError()], ids=repr)
async def test_core_16_a_use_case_that_misses_something_else_is_no_absent_database(
    intake: Intake, counted: Database, counting: Counting, fault: Exception
) -> None:
    """It is parked, and the partition goes on."""
    counting.fails_once = [fault, fault]
    await intake.apply([record(declined())])
    (parked,) = await waiting(counted)
    assert type(fault).__name__ in parked.error


async def test_a_deadlock_is_no_fault_of_the_record(intake: Intake, counted: Database, counting: Counting) -> None:
    counting.fails_once = [DBAPIError("", {}, Deadlock()) for _ in range(2)]
    event = declined()
    await intake.apply([record(event)])
    assert list(await rows(counted)) == [event.offer_id]
    assert not await waiting(counted)


class Deadlock(Exception):
    sqlstate = "40P01"
