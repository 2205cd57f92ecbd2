"""What can't be applied is set aside, whatever it holds; only what is news of somebody lets others wait."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from sqlalchemy import select, text

from chassis import parking
from chassis.db import Database, Transaction
from chassis.intake import Intake, StillRefused, Subscription
from contracts.event import Event, Reader, Unreadable
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased
from contracts.topics import Topic
from tests.chassis.conftest import Counting, declined, effects, record

WEEK = timedelta(days=7)


@pytest.fixture
def ordered(counted: Database, topic: Topic, counting: Counting) -> Intake:
    return Intake(counted, Subscription(topic, counting, ordered=True))


def on(topic: Topic, event: Event, offset: int) -> ConsumerRecord[bytes, bytes]:
    return replace(record(event, offset), topic=topic.name)  # type: ignore[arg-type]


def unreadable(of: ConsumerRecord[bytes, bytes], **how: Any) -> ConsumerRecord[bytes, bytes]:
    return replace(of, value=b"{", **how)


async def waiting(database: Database) -> Sequence[Any]:
    async with database.reading() as reading:
        return await parking.waiting(reading)


async def applied(database: Database) -> list[Any]:
    async with database.reading() as reading:
        return [*await reading.scalars(select(effects.c.offer_id).order_by(effects.c.id))]


HEADERS = {
    "a NUL in a header's name": (("ce_\0id", b"1"), ("ce_type", b"seat.declined.v1")),
    "a NUL in a header's value": (("ce_type", b"seat.declined.v1"), ("ce_id", b"\0"), ("ce_time", b"\0")),
    "a header's value not UTF-8": (("ce_type", b"\xff"),),
    "a lone surrogate in a header's name": (("\udcff", b""),),
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
async def test_core_08_a_record_is_parked_whatever_its_headers_hold(
    ordered: Intake, counted: Database, topic: Topic, headers: Any
) -> None:
    good = declined()
    await ordered.apply([replace(on(topic, declined(), 1), headers=headers), on(topic, good, 2)])
    (parked,) = await waiting(counted)
    assert (parked.offset, parked.header_values) == (1, [value for _, value in headers])
    assert await applied(counted) == [good.offer_id]


async def test_core_08_a_record_is_parked_whatever_its_error_and_its_key_say(
    ordered: Intake, counted: Database, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key longer than an index takes; an error with NUL."""
    monkeypatch.setattr(Reader, "read", refuses)
    long = replace(on(topic, declined(), 1), key=bytes(range(256)) * 40, headers=())
    await ordered.apply([long])
    (parked,) = await waiting(counted)
    assert parked.key == long.key
    assert "\N{REPLACEMENT CHARACTER}" in parked.error


def refuses(*_: object) -> None:
    raise parking_fault


parking_fault = Unreadable("nom\0de")


async def test_core_08_what_could_not_be_stored_as_it_came_is_stored_with_the_class_of_the_fault(
    ordered: Intake, counted: Database, topic: Topic
) -> None:
    async def narrow(tx: Transaction) -> None:
        await tx.execute(text("ALTER TABLE parked ADD CHECK (length(error) < 20)"))

    await counted.transact(narrow)
    await ordered.apply([unreadable(on(topic, declined(), 1)), on(topic, declined(), 2)])
    (parked,) = await waiting(counted)
    assert (parked.body, parked.error) == (b"{", "IntegrityError")


@pytest.mark.parametrize("readable", [True, False])
async def test_core_22_a_record_on_an_offset_that_kafka_gives_again_is_parked_too(
    ordered: Intake, counted: Database, topic: Topic, counting: Counting, *, readable: bool
) -> None:
    """Kafka has lost its end, and another record lies where a parked one lay."""
    events = [declined(), declined()]
    counting.poison |= {event.offer_id for event in events}
    for moment, event in enumerate(events, 1):
        new = replace(on(topic, event, 7), timestamp=moment)
        await ordered.apply([new if readable else unreadable(new)])
    assert [row.key for row in await waiting(counted)] == [event.key.encode() for event in events]


async def test_parking_the_same_unreadable_record_twice_is_parking_it_once(
    ordered: Intake, counted: Database, topic: Topic
) -> None:
    again = unreadable(on(topic, declined(), 1))
    for _ in range(2):
        await ordered.apply([again])
    assert [parked.offset for parked in await waiting(counted)] == [1]


async def test_core_09_the_later_of_two_parked_records_waits_its_turn(
    ordered: Intake, counted: Database, topic: Topic, counting: Counting
) -> None:
    first, second, other = (person := declined()), declined(person.beneficiary_id), declined()
    counting.poison = {first.offer_id, other.offer_id}
    await ordered.apply([on(topic, event, number) for number, event in enumerate((other, first, second))])
    _, older, later = await waiting(counted)
    assert (older.behind, later.behind) == (None, older.id)
    counting.poison.clear()
    with pytest.raises(parking.WaitsItsTurn, match=f"message {older.id}"):
        await ordered.replay(later.id, "test")
    await ordered.replay(older.id, "test")
    await ordered.replay(later.id, "test")
    assert await applied(counted) == [first.offer_id, second.offer_id]


async def test_core_09_a_discarded_record_is_waited_for_no_longer(
    ordered: Intake, counted: Database, topic: Topic, counting: Counting
) -> None:
    first, second = (person := declined()), declined(person.beneficiary_id)
    counting.poison = {first.offer_id}
    await ordered.apply([on(topic, first, 1), on(topic, second, 2)])
    older, later = await waiting(counted)
    await counted.transact(lambda tx: parking.discard(tx, older.id, "test"))
    await ordered.replay(later.id, "test")
    assert await applied(counted) == [second.offer_id]


async def test_core_10_an_unreadable_record_holds_back_nothing_of_its_key(
    ordered: Intake, counted: Database, topic: Topic
) -> None:
    """It is news of nobody: neither what came before it in its batch waits, nor what comes after."""
    before, after, later = (person := declined()), declined(person.beneficiary_id), declined(person.beneficiary_id)
    await ordered.apply([on(topic, before, 1), unreadable(on(topic, before, 2)), on(topic, after, 3)])
    await ordered.apply([on(topic, later, 4)])
    assert await applied(counted) == [before.offer_id, after.offer_id, later.offer_id]
    assert [(parked.offset, parked.behind) for parked in await waiting(counted)] == [(2, None)]


async def test_core_10_who_is_erased_is_erased_although_a_record_of_theirs_is_parked(
    counted: Database, topic: Topic, counting: Counting
) -> None:
    person = BeneficiaryId(uuid7())
    poison = declined(person)
    counting.poison = {poison.offer_id}
    both = replace(topic, events=(*topic.events, BeneficiaryErased))
    erased: list[Event] = []

    async def apply(tx: Transaction, events: Sequence[Any]) -> None:
        erased.extend(event for event in events if isinstance(event, BeneficiaryErased))
        await counting(tx, [event for event in events if not isinstance(event, BeneficiaryErased)])

    intake = Intake(counted, Subscription(both, apply, ordered=True))
    await intake.apply([on(topic, poison, 1)])
    await intake.apply([on(topic, BeneficiaryErased(beneficiary_id=person), 2)])
    assert erased == [BeneficiaryErased(beneficiary_id=person)]


async def test_core_13_a_settled_record_loses_what_it_said_after_a_week(
    ordered: Intake, counted: Database, topic: Topic, counting: Counting
) -> None:
    replayed, discarded, left = declined(), declined(), declined()
    counting.poison = {replayed.offer_id, discarded.offer_id, left.offer_id}
    await ordered.apply([on(topic, event, number) for number, event in enumerate((replayed, discarded, left))])
    first, second, third = await waiting(counted)
    counting.poison = {left.offer_id}
    await ordered.replay(first.id, "test")
    await counted.transact(lambda tx: parking.discard(tx, second.id, "test"))
    with pytest.raises(StillRefused):
        await ordered.replay(third.id, "test")
    assert await whole(counted) == [0, 1, 2]
    await counted.transact(lambda tx: at(tx, WEEK - timedelta(minutes=1)))
    assert await whole(counted) == [0, 1, 2]
    await counted.transact(lambda tx: at(tx, WEEK + timedelta(minutes=1)))
    assert await whole(counted) == [2]


async def at(tx: Transaction, later: timedelta) -> None:
    tx.now += later
    await parking.forget_settled(tx, WEEK)


async def whole(database: Database) -> list[int]:
    """The offsets of those of which something is still known."""
    something = text(
        "SELECT \"offset\" FROM parked WHERE key IS NOT NULL OR body IS NOT NULL OR header_names <> '{}' "
        "OR header_values <> '{}' OR error <> '' ORDER BY id"
    )
    async with database.reading() as reading:
        return [*await reading.scalars(something)]
