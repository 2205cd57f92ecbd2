"""How far this database has applied each log, noted with what each batch did; and which database it is.

What follows from both is in `binding`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Reading, Transaction, chassis_tables

database_identity = Table(
    "database_identity",
    chassis_tables,
    Column("single", Boolean, primary_key=True, server_default="true"),
    Column("id", Uuid, nullable=False, server_default=func.gen_random_uuid()),
    CheckConstraint("single", name="single"),
)
positions = Table(
    "positions",
    chassis_tables,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next", BigInteger, nullable=False),
)

GIVEN = [
    func.unnest(cast(bindparam(f"all_{column.name}"), ARRAY(column.type))).label(column.name)
    for column in positions.columns
]
ADVANCE = insert(positions).from_select(["topic", "partition", "next"], select(*GIVEN))
ADVANCE = ADVANCE.on_conflict_do_update(
    index_elements=["topic", "partition"], set_={"next": func.greatest(positions.c.next, ADVANCE.excluded.next)}
)

Positions = Mapping[TopicPartition, int]


class LogCutBack(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """Kafka has lost the end of what this database has published: what is new may not go out before what is lost."""

    def __init__(self, lost: Positions) -> None:
        gone = ", ".join(
            f"{where.topic}[{where.partition}] jusqu'à {following - 1}" for where, following in sorted(lost.items())
        )
        super().__init__(
            f"Kafka n'a plus la fin de ce que ce service a publié ({gone}). Arrêtez toutes les instances et lancez "
            "«republish» : voir docs/operate/restore.md"
        )


async def advance(tx: Transaction, records: Sequence[ConsumerRecord]) -> None:
    """Note, with what the batch did, that these records are done with; a position never goes back by itself."""
    await note(tx, after(records))


def after(records: Iterable[ConsumerRecord | RecordMetadata]) -> dict[TopicPartition, int]:
    """Find the offset that follows the last of these, by partition."""
    furthest: dict[tuple[str, int], int] = {}
    for record in records:
        where = record.topic, record.partition
        if record.offset >= furthest.get(where, 0):
            furthest[where] = record.offset + 1
    return {TopicPartition(*where): following for where, following in furthest.items()}


def cut(noted: Positions, ends: Positions) -> dict[TopicPartition, int]:
    """Return, of what was noted, that which lies beyond where the logs end now: Kafka has lost what it had given."""
    return {where: noted[where] for where in noted.keys() & ends.keys() if noted[where] > ends[where]}


async def note(tx: Transaction, reached: Positions) -> None:
    """Note them in the order of the partitions, so that two instances never wait for each other in a circle."""
    rows = sorted((where.topic, where.partition, following) for where, following in reached.items())
    if rows:
        topics, numbers, nexts = zip(*rows, strict=True)
        await tx.execute(ADVANCE, {"all_topic": topics, "all_partition": numbers, "all_next": nexts})


async def set_back(tx: Transaction, positions_: Positions) -> None:
    """Set them back on purpose: what follows is to be read again, or Kafka no longer has it."""
    for where, following in positions_.items():
        those = positions.c.topic == where.topic, positions.c.partition == where.partition
        await tx.execute(update(positions).where(*those).values(next=following))


async def cut_back(tx: Transaction, where: TopicPartition, noted: int, end: int) -> None:
    """Set them back unless somebody has noted another position meanwhile."""
    same = positions.c.topic == where.topic, positions.c.partition == where.partition, positions.c.next == noted
    await tx.execute(update(positions).where(*same).values(next=end))


async def reached(reading: Reading, topics: Collection[str]) -> dict[TopicPartition, int]:
    """Return the offset that follows the last applied, by partition."""
    rows = await reading.execute(select(positions).where(positions.c.topic.in_(topics)))
    return {TopicPartition(row.topic, row.partition): row.next for row in rows}


async def identity(reading: Reading) -> UUID:
    return UUID(str(await reading.scalar(select(database_identity.c.id))))
