"""After a poison nothing of it is left, and everything of the others is: what they wrote, published and added."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, Table, Uuid, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase

from chassis import outbox, parking
from chassis.db import Database, Transaction
from chassis.intake import Intake, Subscription
from contracts.booking import SeatDeclined
from contracts.ids import uuid7
from contracts.topics import Topic
from tests.chassis.conftest import Refused, declined, record
from tests.chassis.test_intake import Deadlock
from tests.conftest import create

Do = Callable[[Transaction, SeatDeclined], Awaitable[None]]

tables = MetaData()
added = Table("added", tables, Column("offer_id", Uuid, primary_key=True))
parents = Table("parents", tables, Column("offer_id", Uuid, primary_key=True))
children = Table("children", tables, Column("offer_id", Uuid, primary_key=True))
DEFERRED = "ALTER TABLE children ADD FOREIGN KEY (offer_id) REFERENCES parents DEFERRABLE INITIALLY DEFERRED"


class Record(DeclarativeBase):
    metadata = tables


class Parent(Record):
    __table__ = parents

    @property
    def carried(self) -> list[UUID]:
        carried: list[UUID] = self.__dict__.setdefault("_carried", [])
        return carried


@pytest.fixture
async def prepared(database: Database) -> Database:
    await create(database.url, tables)
    await database.transact(defer)
    return database


async def defer(tx: Transaction) -> None:
    await tx.execute(text(DEFERRED))


async def everything(tx: Transaction, event: SeatDeclined) -> None:
    """Publish, add, and insert a child before its parent."""
    outbox.publish(tx, event)
    tx.appended[added].append({"offer_id": event.offer_id})
    await tx.execute(insert(children).values(offer_id=event.offer_id))
    await tx.execute(insert(parents).values(offer_id=event.offer_id))


async def take(database: Database, topic: Topic, events: Sequence[SeatDeclined], poison: SeatDeclined, do: Do) -> None:
    """Apply the events in one batch; the poison fails after it did all that the others do."""

    async def apply(tx: Transaction, batch: Sequence[SeatDeclined]) -> None:
        for event in batch:
            await do(tx, event)
            if event.offer_id == poison.offer_id:
                raise Refused

    await Intake(database, Subscription(topic, apply)).apply(
        [record(event, number) for number, event in enumerate(events)]
    )


async def ids(database: Database, of: Any) -> list[UUID]:
    async with database.reading() as reading:
        return [*await reading.scalars(of)]


async def published(database: Database) -> list[UUID]:
    return await ids(database, text("SELECT CAST(headers->>'ce_subject' AS uuid) FROM outbox ORDER BY id"))


async def offsets_parked(database: Database) -> list[int]:
    async with database.reading() as reading:
        return [row.offset for row in await parking.waiting(reading)]


@pytest.mark.parametrize("place", range(5))
async def test_of_a_poison_nothing_is_left_and_of_the_others_everything(
    prepared: Database, topic: Topic, place: int
) -> None:
    """Wherever it stands in its batch. A constraint that is deferred is deferred again for those behind it."""
    events = [declined() for _ in range(5)]
    await take(prepared, topic, events, events[place], everything)
    others = [event.offer_id for event in events if event is not events[place]]
    assert await published(prepared) == others
    for table in (added, children, parents):
        assert sorted(await ids(prepared, select(table.c.offer_id))) == sorted(others)
    assert await offsets_parked(prepared) == [place]


async def test_a_deadlock_while_the_poison_is_looked_for_begins_again_and_parks_it_alone(
    prepared: Database, topic: Topic
) -> None:
    """Whoever meets the deadlock is tried without the others by then, and is no poison for that."""
    events = [declined() for _ in range(4)]
    faults = [DBAPIError("", {}, Deadlock())]

    async def fails_once(tx: Transaction, event: SeatDeclined) -> None:
        """Once the poison, which comes before it, was set aside."""
        await everything(tx, event)
        if event.offer_id == events[3].offer_id and faults:
            raise faults.pop()

    await take(prepared, topic, events, events[2], fails_once)
    assert not faults
    assert await published(prepared) == [event.offer_id for event in events if event is not events[2]]
    assert await offsets_parked(prepared) == [2]


async def test_what_a_poison_left_on_an_object_is_not_there_for_the_others(prepared: Database, topic: Topic) -> None:
    """Be it a column or not: a wallet carries its moves to the ledger."""
    events, seen, loaded = [declined() for _ in range(2)], list[int](), list[Parent]()
    await prepared.transact(begin)

    async def carries(tx: Transaction, event: SeatDeclined) -> None:
        parent = (await tx.scalars(select(Parent))).one()
        seen.append(len(parent.carried))
        parent.carried.append(event.offer_id)
        loaded.append(parent)

    await take(prepared, topic, events, events[1], carries)
    assert seen == [0, 1] * 3, "both, both again, then one after the other"
    assert await offsets_parked(prepared) == [1]


async def begin(tx: Transaction) -> None:
    tx.add(Parent(offer_id=uuid7()))


async def test_more_than_a_thousand_events_are_applied_by_batches_once_each(prepared: Database, topic: Topic) -> None:
    events = [declined(UUID(int=number % 7)) for number in range(1200)]
    records = [replace(record(event, number), topic=topic.name) for number, event in enumerate(events)]

    async def apply(tx: Transaction, batch: Sequence[SeatDeclined]) -> None:
        for event in batch:
            outbox.publish(tx, event)

    intake = Intake(prepared, Subscription(topic, apply))
    await intake.apply(records)
    await intake.apply(records)
    assert await published(prepared) == [event.offer_id for event in events]
