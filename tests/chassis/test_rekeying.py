"""Records from before each had a key of its own are given one, before their topic may be compacted."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from aiokafka import ConsumerRecord
from sqlalchemy import select

from chassis import rekeying, relay, topics
from chassis.bus import Bus
from chassis.db import Database, dsn
from chassis.intake import Intake, Subscription
from chassis.republishing import RelayAtWork
from contracts.ids import uuid7
from contracts.topics import Topic
from tests.chassis.conftest import all_records, declined, effects
from tests.chassis.test_outbox_and_relay import on
from tests.chassis.test_sweeping import of, publish, withdrawn

PEOPLE = [uuid7() for _ in range(5)]


@pytest.fixture
def own(topic: Topic, monkeypatch: pytest.MonkeyPatch) -> Topic:
    monkeypatch.setattr(topics, "own_topics", lambda _: [topic])
    return topic


async def in_both_forms(database: Database, bus: Bus, topic: Topic) -> dict[UUID, list[UUID]]:
    """Some under a key a person, then some as today; the answer is each person's offers, in order."""
    events = [on(topic, declined(person)) for _ in range(6) for person in PEOPLE]
    with pytest.MonkeyPatch.context() as former:
        former.setattr(topics, "record_key", lambda _, key, *__: key)
        await publish(database, bus, *events[:20])
    await publish(database, bus, *events[20:])
    return {one: [event.offer_id for event in events if event.beneficiary_id == one] for one in PEOPLE}


async def test_walls_12_records_of_the_former_form_are_published_again_in_order_and_applied_once(
    counted: Database, bus: Bus, own: Topic, subscription: Subscription
) -> None:
    expected = await in_both_forms(counted, bus, own)
    assert await rekeying.rekey(counted, bus, "test") == {own.name: 30}
    records = await all_records(bus, own.name)
    assert of(own, compacted(records)) == expected
    assert sorted(map(str, withdrawn(records))) == sorted(str(str(person).encode()) for person in PEOPLE)
    await Intake(counted, subscription).apply(records)
    async with counted.reading() as reading:
        applied = [*await reading.scalars(select(effects.c.offer_id).order_by(effects.c.id))]
    assert len(applied) == 30
    assert {one: [offer for offer in applied if offer in expected[one]] for one in PEOPLE} == expected


async def test_walls_12_where_each_record_has_its_key_nothing_is_published(
    database: Database, bus: Bus, own: Topic
) -> None:
    await in_both_forms(database, bus, own)
    await rekeying.rekey(database, bus, "test")
    before = len(await all_records(bus, own.name))
    again = await rekeying.rekey(database, bus, "test")
    assert (again, len(await all_records(bus, own.name))) == ({own.name: 0}, before)


def compacted(records: Sequence["ConsumerRecord[bytes, bytes]"]) -> list["ConsumerRecord[bytes, bytes]"]:
    """What Kafka leaves: of each key the last, where it lies."""
    last = {one.key: one.offset for one in records}
    return [one for one in records if one.value is not None and last[one.key] == one.offset]


@pytest.mark.usefixtures("own")
async def test_walls_12_while_a_relay_publishes_nobody_gives_keys(database: Database, bus: Bus) -> None:
    async with relay.leadership(dsn(database.url)):
        with pytest.raises(RelayAtWork):
            await rekeying.rekey(database, bus, "test")
