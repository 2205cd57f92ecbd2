"""What Kafka has acknowledged stays here for some days: when Kafka loses its last minutes it can be published again.

The relay moves rows from the outbox to here by the statement by which it is done with them. A partition holds what was
published in one day (UTC). The days follow each other in a ring, so no table is made or dropped while the service runs:
a partition whose day is over is emptied whole. Decision 0075.
"""

from collections.abc import Iterable, Sequence

import asyncpg
from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    event,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.db import Transaction, chassis_tables
from chassis.positions import Positions
from contracts.event import WITHDRAWN
from contracts.topics import TOPICS

SLOTS = 10  # days in the ring
LONGEST = 7  # days that rows may be retained; two days more are room for a job that missed its turn
TODAY = "((now() AT TIME ZONE 'UTC')::date - DATE '1970-01-01')"
ERASURES = sorted({event.type for topic in TOPICS.values() for event in topic.events if event.erasure})
LOCK_WAIT = "1s"  # who would erase somebody waits behind us meanwhile
OLDER = "DELETE FROM published WHERE published_at < date_trunc('day', now(), 'UTC') - make_interval(days => :days)"

published = Table(
    "published",
    chassis_tables,
    Column("slot", Integer, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary),
    Column("published_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index(None, "key"),
    postgresql_partition_by="LIST (slot)",
)
for number in range(SLOTS):
    partition = f"CREATE TABLE published_{number} PARTITION OF published FOR VALUES IN ({number})"
    event.listen(published, "after_create", DDL(partition))  # type: ignore[no-untyped-call]

MOVE = f"""
    WITH noted AS (
        INSERT INTO positions (topic, partition, next)
        SELECT * FROM unnest($2::text[], $3::int[], $4::bigint[]) ORDER BY 1, 2
        ON CONFLICT (topic, partition) DO UPDATE SET next = greatest(positions.next, excluded.next)
    ), gone AS (
        DELETE FROM outbox WHERE id = ANY($1::bigint[]) RETURNING id, event_id, topic, key, headers, body
    )
    INSERT INTO published (slot, id, event_id, topic, key, headers, body)
    SELECT {TODAY} % {SLOTS}, id, event_id, topic, key, headers, body FROM gone
"""  # noqa: S608 - our own numbers
"""In one statement: a row is in the outbox or here. `id` is the order in which it was said.

How far our topics are ours is noted with it: a database that was put back sees what it has lost (decision 0076).
"""

FORGET = """
    DELETE FROM published USING unnest($1::text[], $2::text[], $3::bigint[]) AS last (topic, key, id)
    WHERE published.topic = last.topic AND published.key = last.key AND published.id < last.id
        AND headers->>'ce_type' <> ALL($4::text[])
"""
"""What was still on its way when its person was erased; what says so stays."""


async def move(
    connection: asyncpg.Connection,
    ids: Sequence[int],
    rows: Iterable[asyncpg.Record],
    reached: Positions | None = None,
) -> None:
    """Move rows from the outbox to here, by whoever handed these of the `rows` to Kafka.

    `reached` are the offsets that follow the last that Kafka has given.
    """
    places = [(where.topic, where.partition, following) for where, following in (reached or {}).items()]
    moved = ids, *([*zip(*places, strict=True)] or [(), (), ()])
    if erasing := [(row["topic"], row["key"], row["id"]) for row in rows if erases(row)]:
        async with connection.transaction():
            await connection.execute(MOVE, *moved)
            await connection.execute(FORGET, *zip(*erasing, strict=True), ERASURES)
    else:
        await connection.execute(MOVE, *moved)


def erases(row: asyncpg.Record) -> bool:
    """Whether what was published before under its key is to be forgotten: a tombstone, an erasure or its answer.

    What withdraws one record is no end of the others.
    """
    tombstone = row["body"] is None and WITHDRAWN not in row["headers"]
    return tombstone or any(kind in row["headers"] for kind in ERASURES)


async def forget_old(tx: Transaction, days: int) -> None:
    """Empty, as a timed job, partitions whose day ended more than `days` ago.

    Rows of the ring's last turn are left in a partition that is in use again only when the job missed its turns.
    """
    await tx.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
    today = (await tx.execute(text(f"SELECT {TODAY}"))).scalar_one()
    retained = {(today - age) % SLOTS for age in range(days + 1)}
    for slot in {*range(SLOTS)} - retained:
        if await tx.scalar(text(f"SELECT EXISTS (SELECT FROM published_{slot})")):  # noqa: S608 - our own number
            await tx.execute(text(f"TRUNCATE published_{slot}"))
    await tx.execute(text(OLDER), {"days": days})
