"""Records that can't be applied wait here, as they came, until a person replays or discards them.

Two kinds: those that can't be read, and those that the service's own rules failed on. The partition goes on. Only the
second are news of somebody: in a subscription that is `ordered`, what follows of the same key waits behind them. A key
is here always the partition key, within which order counts.
"""

from collections.abc import Sequence
from datetime import timedelta
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
    Uuid,
    and_,
    case,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from chassis import db
from chassis.db import Reading, Transaction, chassis_tables
from chassis.refusal import NotFound, Refusal
from contracts.event import partition_key

parked = Table(
    "parked",
    chassis_tables,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("record_time", BigInteger, nullable=False, server_default="0"),  # Kafka's, in milliseconds
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
    CheckConstraint("state in ('waiting', 'replayed', 'discarded')", name="state"),
    Index(None, "topic", "partition", "offset", "record_time", unique=True),
    Index(None, "key", postgresql_using="hash", postgresql_where="state = 'waiting'"),  # a key may be of any length
)


class NothingParked(NotFound):
    def __init__(self, parked_id: int) -> None:
        super().__init__(f"Aucun message en attente sous le numéro {parked_id} : il est peut-être déjà traité.")


class WaitsItsTurn(Refusal):
    def __init__(self, parked_id: int, older: int) -> None:
        super().__init__(
            f"Le message {parked_id} suit le message {older}, sur le même sujet. "
            f"Rejouez ou écartez d'abord le message {older}."
        )


OF_SOMEBODY = and_(parked.c.state == "waiting", parked.c.event_id.is_not(None))


async def park(tx: Transaction, record: ConsumerRecord, error: str, event_id: UUID | None = None) -> None:
    """Store the record as it came, whatever it holds: NUL has no place in a text, and is replaced there.

    `event_id` says that it could be read. Parking the same record again changes nothing; another may have its offset.
    """
    row = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "record_time": record.timestamp,
        "key": key_of(record),
        "header_names": [storable(name) for name, _ in record.headers],
        "header_values": [value for _, value in record.headers],
        "body": record.value,
        "event_id": event_id,
        "error": storable(error)[:2000],
    }
    try:
        async with tx.begin_nested():
            await _insert(tx, row)
    except Exception as fault:
        if db.away(fault) or db.sqlstate(fault) in db.RETRIED:
            raise
        names = [str(number) for number in range(len(record.headers))]
        await _insert(tx, row | {"header_names": names, "error": type(fault).__name__})


def key_of(record: ConsumerRecord) -> bytes | None:
    return partition_key(record.headers, record.key)


async def _insert(tx: Transaction, row: dict[str, Any]) -> None:
    await tx.execute(insert(parked).values(row).on_conflict_do_nothing())


def storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


async def keys_waiting(tx: Reading, topic: str, keys: Sequence[bytes | None]) -> set[bytes]:
    """Return which of these keys have a parked record that is news of somebody: what follows waits behind it."""
    of_them = parked.c.topic == topic, parked.c.key.in_([*{key for key in keys if key}]), OF_SOMEBODY
    return set((await tx.execute(select(parked.c.key).where(*of_them))).scalars())


FIRST_OF_ITS_KEY = func.min(case((parked.c.event_id.is_not(None), parked.c.id))).over(
    partition_by=(parked.c.topic, parked.c.key), order_by=parked.c.id, rows=(None, -1)
)
BEHIND = case((parked.c.key.is_not(None), FIRST_OF_ITS_KEY)).label("behind")


async def waiting(reading: Reading, limit: int = 200) -> Sequence[Row[Any]]:
    """Return what waits, the oldest first, each with the number of the one it waits `behind`, when there is one."""
    query = select(parked, BEHIND).where(parked.c.state == "waiting").order_by(parked.c.id).limit(limit)
    return (await reading.execute(query)).all()


async def locked(tx: Transaction, parked_id: int) -> Row[Any]:
    """Raises NothingParked when it was settled meanwhile."""
    query = select(parked).where(parked.c.id == parked_id, parked.c.state == "waiting").with_for_update()
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        raise NothingParked(parked_id)
    return row


async def check_turn(tx: Transaction, row: Row[Any]) -> None:
    """Raises WaitsItsTurn while an older one of its key waits: what came later would be applied first."""
    of_its_key = parked.c.topic == row.topic, parked.c.key == row.key, OF_SOMEBODY, parked.c.id < row.id
    older = await tx.scalar(select(func.min(parked.c.id)).where(*of_its_key))
    if older is not None:
        raise WaitsItsTurn(row.id, older)


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


async def forget_settled(tx: Transaction, retain: timedelta) -> None:
    """Empty, as a timed job, what was settled that long ago: it loses what it said, and of whom. Rule 27."""
    old = parked.c.state != "waiting", parked.c.settled_at < tx.now - retain, parked.c.error != ""
    nothing: dict[str, Any] = {"key": None, "header_names": [], "header_values": [], "body": None, "error": ""}
    await tx.execute(update(parked).where(*old).values(nothing))
