"""Records that Kafka no longer has although we had not read them, or had: seen once, red until a person has settled it.

A consumer goes on by itself from the oldest record that is left, and nobody would know: docs/operate/losses.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from chassis import telemetry
from chassis.db import Reading, Transaction, chassis_tables
from chassis.refusal import NotFound

PROCEDURE = "docs/operate/losses.md"

log = structlog.get_logger("losses")

losses = Table(
    "losses",
    chassis_tables,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("side", Text, nullable=False),
    Column("first_offset", BigInteger, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("settled_at", DateTime(timezone=True)),
    Column("settled_by", Text),
    CheckConstraint("side in ('beginning', 'end')", name="side"),
    Index(None, "topic", "partition", "side", "first_offset", unique=True, postgresql_where="settled_at IS NULL"),
)


class NoSuchLoss(NotFound):
    def __init__(self, loss_id: int) -> None:
        super().__init__(f"Aucune perte en attente sous le numéro {loss_id} : elle est peut-être déjà réglée.")


@dataclass(frozen=True)
class Loss:
    """Offsets from `first` to before `next`, at the beginning of the log (never read) or at its end (read before)."""

    topic: str
    partition: int
    side: Literal["beginning", "end"]
    first: int
    next: int


def loss(topic: str, partition: int, committed: int, first: int, end: int) -> Loss | None:
    """Return what a group that committed this offset has lost in a log that reaches from `first` to before `end`."""
    if committed < first:
        return Loss(topic, partition, "beginning", committed, first)
    if committed > end:
        return Loss(topic, partition, "end", end, committed)
    return None


async def record(tx: Transaction, lost: Loss) -> None:
    """Record it once, whichever instance sees it and however much of it; once it is settled, not again.

    The offset that the group had committed tells losses apart: on a quiet topic it stays for as long as nothing comes.
    """
    table = losses.c
    same = table.topic == lost.topic, table.partition == lost.partition, table.side == lost.side
    overlaps = and_(table.first_offset < lost.next, table.next_offset > lost.first, table.settled_at.is_(None))
    committed = table.first_offset == lost.first if lost.side == "beginning" else table.next_offset == lost.next
    if await tx.scalar(select(table.id).where(*same, or_(overlaps, committed)).limit(1)):
        return
    where = {"topic": lost.topic, "partition": lost.partition, "side": lost.side}
    adding = insert(losses).values(**where, first_offset=lost.first, next_offset=lost.next)
    if await tx.scalar(adding.on_conflict_do_nothing().returning(table.id)):
        telemetry.lost.labels(lost.topic, lost.side).inc(lost.next - lost.first)
        log.error("records lost", **where, first=lost.first, next=lost.next)


async def waiting(reading: Reading) -> list[dict[str, Any]]:
    """Return those that nobody has settled, the oldest first."""
    query = select(losses).where(losses.c.settled_at.is_(None)).order_by(losses.c.id)
    return [dict(row) for row in (await reading.execute(query)).mappings()]


async def settle(tx: Transaction, loss_id: int, by: str) -> None:
    """Raises NoSuchLoss when it was settled meanwhile."""
    those = losses.c.id == loss_id, losses.c.settled_at.is_(None)
    settled = await tx.scalar(
        update(losses).where(*those).values(settled_at=tx.now, settled_by=by).returning(losses.c.id)
    )
    if settled is None:
        raise NoSuchLoss(loss_id)


def sentence(row: Mapping[str, Any]) -> str:
    """Say it as a person reads it."""
    first, last, number = row["first_offset"], row["next_offset"] - 1, row["id"]
    messages = f"{row['topic']}, partition {row['partition']} : les messages {first} à {last}"
    if row["side"] == "beginning":
        return f"{messages} ont été effacés de Kafka avant d'être lus (perte n° {number})"
    return f"{messages} étaient lus, et Kafka ne les a plus (perte n° {number})"
