"""What Kafka has acknowledged stays in the archive for some days, as it was, in its order, and nobody's for longer."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text

from chassis import archive, erasure
from chassis.archive import published
from chassis.bus import Bus
from chassis.db import Database
from chassis.outbox import outbox
from contracts.booking import BookingErasureCompleted, SeatDeclined
from contracts.contacts import ContactErased
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased
from contracts.topics import Topic
from tests.chassis.conftest import declined
from tests.chassis.test_outbox_and_relay import drained, on, publish_all, relaying

ROW = ("id", "event_id", "topic", "key", "headers", "body")
GONE, STAYS = BeneficiaryId(UUID(int=1)), BeneficiaryId(UUID(int=2))


async def rows_of(database: Database, table: Any) -> Sequence[Any]:
    async with database.reading() as reading:
        return (await reading.execute(select(*[table.c[name] for name in ROW]).order_by(table.c.id))).all()


async def publish(database: Database, bus: Bus, *events: Any) -> None:
    await database.transact(lambda tx: publish_all(tx, events))
    async with relaying(database, bus):
        await drained(database)


async def test_core_22_what_kafka_has_is_in_the_archive_as_it_was_in_the_outbox(
    database: Database, bus: Bus, topic: Topic
) -> None:
    events = [on(topic, declined(UUID(int=number % 7))) for number in range(2500)]
    await database.transact(lambda tx: publish_all(tx, events))
    waiting = await rows_of(database, outbox)
    async with relaying(database, bus):
        await drained(database)
    assert await rows_of(database, published) == waiting
    assert len(waiting) == len(events)


async def test_core_22_a_tombstone_takes_from_the_archive_what_was_published_under_its_key(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """As it does from Kafka's log; what comes in one batch with it, and what came before."""
    await publish(database, bus, on(topic, declined(GONE)), on(topic, declined(STAYS)))
    await publish(
        database,
        bus,
        on(topic, declined(GONE)),
        on(topic, ContactErased(beneficiary_id=GONE)),
        on(topic, declined(STAYS)),
    )
    assert [(row.key, row.body is None) for row in await rows_of(database, published)] == [
        (str(STAYS), False),
        (str(GONE), True),
        (str(STAYS), False),
    ]


async def test_rule_27_what_was_published_of_the_erased_leaves_the_archive_with_the_erasure(
    database: Database, bus: Bus, topic: Topic
) -> None:
    await publish(database, bus, on(topic, declined(GONE)), on(topic, declined(STAYS)))
    await database.transact(lambda tx: erasure.forget(tx, GONE))
    assert [row.key for row in await rows_of(database, published)] == [str(STAYS)]


async def test_rule_27_what_is_still_on_its_way_when_its_person_is_erased_does_not_stay_in_the_archive(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """The erasure itself stays: who has not read it must be able to."""
    erasing = BeneficiaryErased(beneficiary_id=GONE), BookingErasureCompleted(beneficiary_id=GONE, service="booking")
    await database.transact(lambda tx: publish_all(tx, [on(topic, declined(GONE)), on(topic, declined(STAYS))]))
    await database.transact(lambda tx: erasure.forget(tx, GONE))
    await publish(database, bus, *[on(topic, event) for event in erasing])
    assert [(row.key, row.headers["ce_type"]) for row in await rows_of(database, published)] == [
        (str(STAYS), SeatDeclined.type),
        (str(GONE), BeneficiaryErased.type),
        (str(GONE), BookingErasureCompleted.type),
    ]


async def add_published(database: Database, ages: Sequence[int]) -> None:
    """So many days ago, in the partition of that day."""
    async with database.engine.begin() as connection:
        now, today = (await connection.execute(text(f"SELECT now(), {archive.TODAY}"))).one()
        for age in ages:
            row = {"event_id": uuid7(), "topic": "t", "key": "k", "headers": {}, "id": age}
            row |= {"slot": (today - age) % archive.SLOTS, "published_at": now - timedelta(days=age)}
            await connection.execute(insert(published).values(row))


async def ages(database: Database) -> list[int]:
    return sorted(row.id for row in await rows_of(database, published))


@pytest.mark.parametrize("days", [1, archive.LONGEST])
async def test_rule_27_a_day_leaves_the_archive_when_it_ended_longer_ago_than_it_is_retained(
    database: Database, days: int
) -> None:
    await add_published(database, range(archive.SLOTS))
    await database.transact(lambda tx: archive.forget_old(tx, days))
    assert await ages(database) == [*range(days + 1)]


async def test_rule_27_a_job_that_missed_a_whole_turn_of_the_ring_leaves_nothing_old(database: Database) -> None:
    await add_published(database, [0, 3, archive.SLOTS, archive.SLOTS + 3, 5 * archive.SLOTS])
    await database.transact(lambda tx: archive.forget_old(tx, archive.LONGEST))
    assert await ages(database) == [0, 3]


async def test_core_22_a_job_that_missed_its_turns_holds_no_row_back(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """There is a partition for any day."""
    await add_published(database, range(3 * archive.SLOTS))
    await publish(database, bus, on(topic, declined()))
    assert len(await ages(database)) == 3 * archive.SLOTS + 1
