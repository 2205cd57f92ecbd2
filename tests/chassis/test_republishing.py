"""What Kafka has lost is published again from the archive: in its order, under its ids, and harmless to who has it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from aiokafka import ConsumerRecord
from sqlalchemy import select, text

from chassis import relay
from chassis.bus import Bus
from chassis.commands import republish as command
from chassis.db import Database, dsn
from chassis.intake import Intake, Subscription
from chassis.migration import chassis_version
from chassis.outbox import outbox
from chassis.recovery import Log
from chassis.republishing import NotInTheArchive, RelayAtWork, StillToCome, republish
from contracts.booking import SeatDeclined
from contracts.topics import Topic
from tests.chassis.conftest import all_records, declined, effects, order_key
from tests.chassis.test_outbox_and_relay import drained, on, publish_all, relaying
from tests.sites import site_of

PEOPLE = [UUID(int=number) for number in range(1, 8)]
DAYS = 7
WHOLE = Log([], frozenset(), {}, {})  # Kafka has lost nothing


def news(topic: Topic) -> list[SeatDeclined]:
    """Two of each person."""
    return [on(topic, declined(person)) for person in PEOPLE * 2]


async def publish(database: Database, events: Sequence[SeatDeclined]) -> None:
    await database.transact(lambda tx: publish_all(tx, events))


async def relayed(database: Database, bus: Bus) -> datetime:
    """All that waits is published; the moment after it."""
    async with relaying(database, bus):
        await drained(database)
    return await now(database)


async def now(database: Database) -> datetime:
    async with database.reading() as reading:
        moment: datetime = (await reading.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return moment


async def published_again(database: Database, since: datetime) -> int:
    counts = await database.transact(partial(republish, log=WHOLE, since=since, days=DAYS))
    return sum(counts.values())


async def waiting(database: Database) -> list[UUID]:
    async with database.reading() as reading:
        return [*await reading.scalars(select(outbox.c.event_id).order_by(outbox.c.id))]


def offers(topic: Topic, records: Sequence[ConsumerRecord[bytes, bytes]], person: UUID) -> list[UUID]:
    """What the log says of them, in its order."""
    events = [
        topic.reader.read(one.headers, one.value).event for one in records if order_key(one) == str(person).encode()
    ]
    return [event.offer_id for event in events if isinstance(event, SeatDeclined)]


async def test_core_22_what_was_published_since_a_moment_goes_out_again_in_its_order_and_before_what_waits(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """What waits in the outbox was said later; each key ends with what was said last."""
    before, lost, later = news(topic), news(topic), news(topic)
    await publish(database, before)
    since = await relayed(database, bus)
    await publish(database, lost)
    await relayed(database, bus)
    await publish(database, later)
    assert await published_again(database, since) == len(lost)
    await relayed(database, bus)
    records = await all_records(bus, topic.name)
    for person in PEOPLE:
        said = [event.offer_id for event in (*before, *lost, *lost, *later) if event.beneficiary_id == person]
        assert offers(topic, records, person) == said


async def test_core_22_who_has_applied_them_applies_nothing_twice_and_versions_run_forward(
    counted: Database, subscription: Subscription, bus: Bus, topic: Topic
) -> None:
    """The whole log, as a reader gets it that begins anew: what comes again, it has already."""
    began = await now(counted)
    events = news(topic) + news(topic)
    await publish(counted, events)
    await relayed(counted, bus)
    await published_again(counted, began)
    await relayed(counted, bus)
    records = await all_records(bus, topic.name)
    assert len(records) == 2 * len(events)
    await Intake(counted, subscription).apply(records)
    async with counted.reading() as reading:
        found = (await reading.execute(select(effects.c.key, effects.c.offer_id).order_by(effects.c.id))).all()
    assert len(found) == len(events)
    for person in PEOPLE:
        said = [event.offer_id for event in events if event.beneficiary_id == person]
        assert [offer for key, offer in found if key == str(person)] == said


async def test_core_22_to_ask_twice_changes_nothing(database: Database, bus: Bus, topic: Topic) -> None:
    began = await now(database)
    await publish(database, news(topic))
    said = await waiting(database)
    await relayed(database, bus)
    assert await published_again(database, began) == len(said)
    assert await published_again(database, began) == 0
    assert await waiting(database) == said


async def test_core_22_nothing_is_published_again_while_a_relay_works(database: Database) -> None:
    """It might have a newer event of the same key under way."""
    since = await now(database)
    async with relay.leadership(dsn(database.url)):
        with pytest.raises(RelayAtWork, match="arrêtez d'abord toutes les instances"):
            await published_again(database, since)


async def test_core_22_a_moment_that_is_to_come_or_that_the_archive_does_not_reach_is_refused(
    database: Database,
) -> None:
    at = await now(database)
    with pytest.raises(StillToCome):
        await published_again(database, at + timedelta(minutes=5))
    with pytest.raises(NotInTheArchive, match="commence le"):
        await published_again(database, at - timedelta(days=DAYS + 1))
    assert await published_again(database, at - timedelta(days=DAYS)) == 0
    async with database.engine.begin() as connection:
        await connection.execute(chassis_version.insert().values(migration="0008_published"))
    with pytest.raises(NotInTheArchive):
        await published_again(database, at - timedelta(days=1))


@pytest.mark.parametrize("arguments", [[], ["booking.events"], ["booking.events", "--since", "2027-01-31T14:00"]])
async def test_core_22_the_command_asks_for_a_moment_and_nothing_else(arguments: list[str]) -> None:
    with pytest.raises(ValueError, match="republish --since 2027"):
        await command(site_of("booking").runtime, arguments)
