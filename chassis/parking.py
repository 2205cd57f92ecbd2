"""Records that can't be applied wait here, as they came, until a person replays or discards them.

Two kinds: those that can't be read, and those that the service's own rules failed on. The partition goes on.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Row,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from chassis.db import Reading, Transaction, chassis_tables
from chassis.refusal import NotFound

parked = Table(
    "parked",
    chassis_tables,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("key", LargeBinary),
    Column("header_names", ARRAY(Text), nullable=False),
    Column("header_values", ARRAY(LargeBinary), nullable=False),
    Column("body", LargeBinary),
    Column("event_id", Uuid),
    Column("error", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("parked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("settled_at", DateTime(timezone=True)),
    Column("settled_by", Text),
    UniqueConstraint("topic", "partition", "offset"),
    CheckConstraint("state in ('waiting', 'replayed', 'discarded')", name="state"),
    Index(None, "topic", "key", postgresql_where="state = 'waiting'"),
)


class NothingParked(NotFound):
    def __init__(self, parked_id: int) -> None:
        super().__init__(f"Aucun message en attente sous le numéro {parked_id} : il est peut-être déjà traité.")


async def park(tx: Transaction, record: ConsumerRecord, error: str, event_id: UUID | None = None) -> None:
    """Keep the raw record. Parking the same offset again changes nothing."""
    await tx.execute(
        insert(parked)
        .values(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=record.key,
            header_names=[name for name, _ in record.headers],
            header_values=[value for _, value in record.headers],
            body=record.value,
            event_id=event_id,
            error=error[:2000],
        )
        .on_conflict_do_nothing()
    )


async def keys_waiting(tx: Reading, topic: str, keys: Sequence[bytes | None]) -> set[bytes]:
    """Of these keys, those that already have a parked record."""
    of_them = parked.c.topic == topic, parked.c.key.in_([*{key for key in keys if key}]), parked.c.state == "waiting"
    return set((await tx.execute(select(parked.c.key).where(*of_them))).scalars())


async def waiting(reading: Reading, limit: int = 200) -> Sequence[Row[Any]]:
    """The oldest first."""
    query = select(parked).where(parked.c.state == "waiting").order_by(parked.c.id).limit(limit)
    return (await reading.execute(query)).all()


async def locked(tx: Transaction, parked_id: int) -> Row[Any]:
    """Raises NothingParked when it was settled meanwhile."""
    query = select(parked).where(parked.c.id == parked_id, parked.c.state == "waiting").with_for_update()
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        raise NothingParked(parked_id)
    return row


async def settle(tx: Transaction, parked_id: int, state: str, by: str) -> None:
    values = {"state": state, "settled_at": tx.now, "settled_by": by}
    await tx.execute(update(parked).where(parked.c.id == parked_id).values(**values))


async def discard(tx: Transaction, parked_id: int, by: str) -> None:
    await locked(tx, parked_id)
    await settle(tx, parked_id, "discarded", by)


async def topic_of(reading: Reading, parked_id: int) -> str:
    topic: str | None = await reading.scalar(select(parked.c.topic).where(parked.c.id == parked_id))
    if topic is None:
        raise NothingParked(parked_id)
    return topic
