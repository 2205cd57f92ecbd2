import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from chassis import outbox, rows
from chassis.bus import Bus
from chassis.db import Database, Transaction
from chassis.outbox import RELAY
from chassis.relay import Relay
from contracts.booking import SeatDeclined
from contracts.event import Event
from contracts.ids import uuid7
from contracts.topics import Topic
from tests.chassis.conftest import all_records, declined, order_key
from tests.conftest import create
from tests.waiting import until


class Xid(UserDefinedType[int]):
    """A transaction's number."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid"


tables = MetaData()
raised = Table("raised", tables, Column("number", Integer, primary_key=True), Column("xid", Xid))


class Record(DeclarativeBase):
    metadata = tables


class Counter(Record):
    """An aggregate: its number tells in which order it was changed."""

    __tablename__ = "counters"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]


@pytest.fixture
async def counters(database: Database) -> Database:
    await create(database.url, tables)
    return database


AnEvent = TypeVar("AnEvent", bound=Event)
Publishing = Callable[[Transaction, SeatDeclined], Awaitable[None]]


def on(topic: Topic, event: AnEvent) -> AnEvent:
    """The event, said on the test's own topic."""
    object.__setattr__(event, "topic", topic.name)
    return event


@asynccontextmanager
async def relaying(database: Database, bus: Bus) -> AsyncIterator[Relay]:
    relay = Relay(database.url, bus, "test", woken=database.woken[RELAY])
    task = asyncio.create_task(relay.run())
    yield relay
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def publish_later(event: SeatDeclined, tx: Transaction) -> None:
    outbox.publish(tx, event)


async def publish_all(tx: Transaction, events: Sequence[Event]) -> None:
    outbox.publish(tx, *events)


async def drained(database: Database) -> None:
    async def empty() -> bool:
        async with database.reading() as reading:
            return not (await reading.execute(text("SELECT count(*) FROM outbox"))).scalar_one()

    await until(empty, "the outbox is empty")


async def test_what_is_said_arrives_in_order_with_its_envelope(database: Database, bus: Bus, topic: Topic) -> None:
    events = [on(topic, declined(UUID(int=number % 7))) for number in range(200)]
    async with relaying(database, bus):
        for event in events:
            await database.transact(partial(publish_later, event))
        await drained(database)
    found = await all_records(bus, topic.name)
    for number in range(7):
        key = str(UUID(int=number)).encode()
        said = [topic.reader.read(one.headers, one.value).event for one in found if order_key(one) == key]
        assert said == [event for event in events if event.key.encode() == key]
    assert len(found) == 200


async def test_thousands_of_rows_of_seven_keys_arrive_once_each_in_the_order_of_their_key(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """More than three batches are under way at once, and the last is not full."""
    events = [on(topic, declined(UUID(int=number % 7))) for number in range(4500)]
    await database.transact(lambda tx: publish_all(tx, events))
    async with relaying(database, bus):
        await drained(database)
    found = await all_records(bus, topic.name)
    assert len(found) == len(events)
    for number in range(7):
        key = str(UUID(int=number)).encode()
        said = [topic.reader.read(one.headers, one.value).event for one in found if order_key(one) == key]
        assert said == [event for event in events if event.key.encode() == key]


async def test_a_transaction_that_fails_says_nothing(database: Database, topic: Topic) -> None:
    async def fails(tx: Transaction) -> None:
        outbox.publish(tx, on(topic, declined()))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.transact(fails)
    async with database.reading() as reading:
        assert (await reading.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == 0


async def test_two_relays_on_one_database_send_everything_once(database: Database, bus: Bus, topic: Topic) -> None:
    async with relaying(database, bus), relaying(database, bus):
        events = [on(topic, declined()) for _ in range(300)]
        await database.transact(lambda tx: publish_all(tx, events))
        await drained(database)
    assert len(await all_records(bus, topic.name)) == 300


async def together(work: Callable[[], Awaitable[None]], times: int) -> None:
    """Twenty at a time: as many as the pool has connections."""
    gate = asyncio.Semaphore(20)

    async def one() -> None:
        async with gate:
            await work()

    await asyncio.gather(*(one() for _ in range(times)))


async def count_together(database: Database, topic: Topic, publish: Publishing, times: int) -> list[int]:
    """Many transactions raise one counter; the answer is the numbers in the order of the outbox."""
    person = uuid7()

    async def begin(tx: Transaction) -> None:
        tx.add(Counter(id=person, number=0))

    async def raise_it(tx: Transaction) -> None:
        counter = (await tx.execute(select(Counter).where(Counter.id == person))).scalar_one()
        await asyncio.sleep(0.002)
        counter.number = Counter.number + 1
        await publish(tx, on(topic, declined(person)))
        await asyncio.sleep(random.random() * 0.005)  # the statements that a real use case still has to make
        await tx.flush()
        number = (await tx.execute(select(Counter.number).where(Counter.id == person))).scalar_one()
        mine = text("INSERT INTO raised (number, xid) VALUES (:number, pg_current_xact_id()::xid)")
        await tx.execute(mine, {"number": number})

    await database.transact(begin)
    await together(lambda: database.transact(raise_it), times)
    in_order = text("SELECT raised.number FROM outbox JOIN raised ON raised.xid = outbox.xmin ORDER BY outbox.id")
    async with database.reading() as reading:
        return [*(await reading.execute(in_order)).scalars()]


async def test_the_outbox_has_the_order_of_the_aggregate(counters: Database, topic: Topic) -> None:
    async def published_last(tx: Transaction, event: SeatDeclined) -> None:
        outbox.publish(tx, event)

    numbers = await count_together(counters, topic, published_last, 200)
    assert numbers == [*range(1, 201)]


async def test_without_the_flush_the_order_is_inverted(counters: Database, topic: Topic) -> None:
    """The control: the event is stored before the aggregate is locked."""

    async def stored_at_once(tx: Transaction, event: SeatDeclined) -> None:
        with tx.no_autoflush:
            await rows.add(tx, outbox.outbox, [outbox.row(event, tx.now)])

    numbers = await count_together(counters, topic, stored_at_once, 200)
    assert len(numbers) == 200
    assert numbers != sorted(numbers)


@pytest.mark.parametrize("stored", ["at the end", "on the way"])
async def test_a_commit_that_published_wakes_the_relay(database: Database, topic: Topic, stored: str) -> None:
    """One that failed, or published nothing, wakes nobody."""
    woken = database.woken[RELAY]

    async def publish(tx: Transaction, *, fails: bool) -> None:
        outbox.publish(tx, on(topic, declined()))
        if stored == "on the way":
            await outbox.store_so_far(tx)
        if fails:
            raise ZeroDivisionError

    await database.transact(lambda tx: tx.flush())
    with pytest.raises(ZeroDivisionError):
        await database.transact(partial(publish, fails=True))
    assert not woken.is_set()
    await database.for_work().transact(partial(publish, fails=False))
    assert woken.is_set()
    async with database.reading() as reading:
        assert await reading.scalar(text("SELECT count(*) FROM outbox")) == 1
