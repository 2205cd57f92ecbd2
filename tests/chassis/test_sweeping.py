"""What Kafka forgets of whom was erased, on real segments; and that it forgets nothing of anybody else."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy import text

from chassis import erasure, recovery, sweeping, topics
from chassis.bus import Bus
from chassis.clock import Clock
from chassis.cluster import Cluster
from chassis.db import Database, Transaction
from chassis.intake import Intake, Subscription
from chassis.outbox import withdraw
from contracts.booking import BookingErasureCompleted, SeatDeclined
from contracts.event import WITHDRAWN
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased
from contracts.topics import TOPICS, Topic
from deploy.local.kafka import Kafka
from tests.chassis.conftest import all_records, declined, order_key
from tests.chassis.test_intake import waiting
from tests.chassis.test_outbox_and_relay import drained, on, publish_all, relaying
from tests.waiting import until

EAGER = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": "1000",
    "segment.ms": "500",
    "delete.retention.ms": "100",
    "file.delete.delay.ms": "100",
}
"""As the contracts' settings, in seconds where those are hours."""
GONE, MERGED = BeneficiaryId(uuid7()), BeneficiaryId(uuid7())
OTHERS = [BeneficiaryId(uuid7()) for _ in range(20)]


@pytest.fixture
async def eager(bus: Bus) -> Topic:
    events = SeatDeclined, BeneficiaryErased, BookingErasureCompleted
    topic = Topic(f"try{uuid4().hex[:8]}.events", events, EAGER, partitions=3)
    admin = AIOKafkaAdminClient(bootstrap_servers=bus.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic.name, topic.partitions, 1, topic_configs=topic.config)])
    await admin.close()
    return topic


async def publish(database: Database, bus: Bus, *events: Any) -> None:
    await database.transact(lambda tx: publish_all(tx, events))
    async with relaying(database, bus):
        await drained(database)


async def swept(database: Database, bus: Bus, topic: Topic, **ages: Any) -> None:
    await sweeping.sweep(database, bus=bus, own=[topic], ages=ages.get("ages", {}))
    async with relaying(database, bus):
        await drained(database)


async def erased(database: Database, *people: BeneficiaryId) -> None:
    for person in people:
        await database.transact(partial(erasure.forget, beneficiary_id=person))


def of(topic: Topic, records: Sequence["ConsumerRecord[bytes, bytes]"]) -> dict[UUID, list[UUID]]:
    """By person, their offers in the order of the log."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for record in records:
        if record.value is not None:
            event = topic.reader.read(record.headers, record.value).event
            if isinstance(event, SeatDeclined):
                found[event.beneficiary_id].append(event.offer_id)
    return found


def withdrawn(records: Sequence["ConsumerRecord[bytes, bytes]"]) -> list[bytes | None]:
    return [one.key for one in records if one.value is None and not (one.key or b"").startswith(b"tick-")]


def on_the_disk(kafka: Kafka, topic: Topic, *texts: UUID) -> list[str]:
    """The segments of the topic that hold one of these in a body."""
    return [
        str(file)
        for file in Path(kafka.folder, "data").glob(f"{topic.name}-*/*.log*")
        if any(f'"beneficiary_id":"{one}"'.encode() in file.read_bytes() for one in texts)
    ]


async def history(database: Database, bus: Bus, topic: Topic) -> list[SeatDeclined]:
    """Ten events of each person, one after the other."""
    people = [GONE, MERGED, *OTHERS]
    events = [on(topic, declined(person)) for _ in range(10) for person in people]
    await publish(database, bus, *events)
    return events


async def test_walls_12_the_erased_leave_the_disk_and_all_others_stay_whole_and_in_order(
    database: Database, bus: Bus, kafka: Kafka, eager: Topic
) -> None:
    events = await history(database, bus, eager)
    assert on_the_disk(kafka, eager, GONE)
    await erased(database, GONE, MERGED)

    async def gone() -> bool:
        await swept(database, bus, eager)
        return not on_the_disk(kafka, eager, GONE, MERGED)

    await until(gone, "the erased are off the disk")
    found = of(eager, await records_now(bus, eager))
    assert found == {one: [event.offer_id for event in events if event.beneficiary_id == one] for one in OTHERS}
    assert on_the_disk(kafka, eager, OTHERS[0])


async def records_now(bus: Bus, topic: Topic) -> list["ConsumerRecord[bytes, bytes]"]:
    """Everything on a log with gaps."""
    cluster = Cluster(bus)
    try:
        edges = await cluster.edges(await cluster.whole([topic.name]))
        return await cluster.read(
            {one: edge.first for one, edge in edges.items()}, {one: edge.end for one, edge in edges.items()}
        )
    finally:
        await cluster.close()


async def test_walls_12_with_one_key_a_person_all_of_their_history_but_the_last_is_lost(
    database: Database, bus: Bus, eager: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(topics, "record_key", lambda _, key, *__: key)
    await history(database, bus, eager)

    async def lost() -> bool:
        await publish(database, bus, on(eager, declined()))
        return len(of(eager, await records_now(bus, eager))[OTHERS[0]]) == 1

    await until(lost, "the history is lost")


async def test_walls_12_each_record_has_a_key_of_its_own_and_lies_where_its_person_lies(
    database: Database, bus: Bus, topic: Topic
) -> None:
    await publish(database, bus, *[on(topic, declined(person)) for _ in range(3) for person in OTHERS])
    records = await all_records(bus, topic.name)
    assert len({one.key for one in records}) == len(records)
    places = defaultdict(set)
    for one in records:
        places[order_key(one)].add(one.partition)
        assert one.key == b"%b/%b" % (order_key(one) or b"", dict(one.headers)["ce_id"])
    assert {len(where) for where in places.values()} == {1}
    assert {*places} == {str(person).encode() for person in OTHERS}


async def test_walls_12_a_row_from_before_the_header_is_sent_as_all_are(
    database: Database, bus: Bus, topic: Topic
) -> None:
    await database.transact(lambda tx: publish_all(tx, [on(topic, declined(GONE))]))
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE outbox SET headers = headers - 'ce_partitionkey'"))
    async with relaying(database, bus):
        await drained(database)
    (record,) = await all_records(bus, topic.name)
    assert (order_key(record), (record.key or b"").partition(b"/")[0]) == (str(GONE).encode(), str(GONE).encode())


async def test_walls_12_one_tombstone_for_each_event_of_the_erased_once(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """The second look says nothing again; that somebody was erased stays."""
    erasing = BeneficiaryErased(beneficiary_id=GONE), BookingErasureCompleted(beneficiary_id=GONE, service="booking")
    await publish(
        database, bus, *[on(topic, event) for event in (declined(GONE), declined(GONE), declined(MERGED), *erasing)]
    )
    mine = [one.key for one in await all_records(bus, topic.name) if order_key(one) == str(GONE).encode()]
    await erased(database, GONE)
    for _ in range(3):
        await swept(database, bus, topic)
        records = await all_records(bus, topic.name)
        assert sorted(withdrawn(records), key=str) == sorted(mine[:2], key=str)
        assert {order_key(one) for one in records if one.key in withdrawn(records)} == {str(GONE).encode()}


async def test_walls_12_what_is_older_than_its_kind_is_retained_is_withdrawn_of_whomever_it_is(
    database: Database, bus: Bus, topic: Topic, tmp_path: Path
) -> None:
    erasing = on(topic, BeneficiaryErased(beneficiary_id=GONE))
    await publish(database, bus, on(topic, declined(OTHERS[0])), erasing)
    ages = {SeatDeclined: timedelta(days=730)}
    await swept(database, bus, topic, ages=ages)
    assert not withdrawn(await all_records(bus, topic.name))
    (tmp_path / "clock").write_text(str(731 * 86_400))
    database.clock = Clock(tmp_path / "clock")
    await swept(database, bus, topic, ages=ages)
    records = await all_records(bus, topic.name)
    assert [key.partition(b"/")[0] for key in withdrawn(records) if key] == [str(OTHERS[0]).encode()]
    await swept(database, bus, topic, ages=ages | {BeneficiaryErased: timedelta(days=730)})
    assert len(withdrawn(await all_records(bus, topic.name))) == 2


async def test_walls_12_of_records_under_one_key_a_person_the_erasure_stays(
    database: Database, bus: Bus, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they were published before each had its own: withdrawn under that key, the erasure would go too."""
    monkeypatch.setattr(topics, "record_key", lambda _, key, *__: key)
    await publish(database, bus, on(topic, declined(GONE)), on(topic, BeneficiaryErased(beneficiary_id=GONE)))
    await publish(database, bus, on(topic, declined(MERGED)))
    monkeypatch.undo()
    await erased(database, GONE, MERGED)
    await swept(database, bus, topic)
    assert withdrawn(await all_records(bus, topic.name)) == [str(MERGED).encode()]


async def test_walls_12_a_partition_moves_while_something_withdrawn_may_lie_in_it(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """One record in that partition, which takes back nothing; the others have none."""
    await publish(database, bus, on(topic, declined(GONE)), *[on(topic, declined(person)) for person in OTHERS])
    await erased(database, GONE)
    for _ in range(2):
        await swept(database, bus, topic)
    records = await all_records(bus, topic.name)
    ticks = [one for one in records if (one.key or b"").startswith(b"tick-")]
    (tombstone,) = [one for one in records if one.value is None and one not in ticks]
    assert [one.partition for one in ticks] == [tombstone.partition]


async def test_walls_12_what_withdraws_is_skipped_and_counted_and_never_parked(
    counted: Database, bus: Bus, subscription: Subscription, topic: Topic
) -> None:
    await publish(counted, bus, on(topic, declined(GONE)))
    await erased(counted, GONE)
    await swept(counted, bus, topic)
    records = await all_records(bus, topic.name)
    assert dict(records[-1].headers)["ce_type"] == WITHDRAWN.encode()
    await Intake(counted, subscription).apply(records)
    assert not await waiting(counted)


async def test_walls_12_withdrawing_a_record_takes_nothing_else_from_the_archive(
    database: Database, bus: Bus, topic: Topic
) -> None:
    """It is not the end of a person: what was published of them in the last days can be published again."""
    await publish(database, bus, on(topic, declined(OTHERS[0])), on(topic, declined(OTHERS[0])))
    (old,) = [one.key for one in (await all_records(bus, topic.name))[:1]]

    async def work(tx: Transaction) -> None:
        withdraw(tx, topic.name, str(OTHERS[0]), (old or b"").decode())

    await database.transact(work)
    async with relaying(database, bus):
        await drained(database)
    async with database.reading() as reading:
        assert await reading.scalar(text("SELECT count(*) FROM published WHERE body IS NOT NULL")) == 2


async def test_walls_12_a_database_that_was_put_back_does_not_read_back_what_was_withdrawn(
    database: Database, bus: Bus, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the cleaner has passed it lies there still."""
    monkeypatch.setitem(TOPICS, topic.name, topic)
    await publish(database, bus, *[on(topic, declined(person)) for person in (GONE, OTHERS[0], GONE)])
    await erased(database, GONE)
    await swept(database, bus, topic)
    (left,) = recovery.still_so(await all_records(bus, topic.name))
    assert left.event.key == str(OTHERS[0])
