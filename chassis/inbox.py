"""Remembers what was already heard: a replayed event changes nothing twice."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Table, Text, Uuid, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Reading, Transaction, any_of, chassis_tables

inbox = Table(
    "inbox",
    chassis_tables,
    Column("event_id", Uuid, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("heard_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


APPLIED = select(func.unnest(cast(bindparam("event_ids"), ARRAY(Uuid))), cast(bindparam("topic"), Text))
MARK = insert(inbox).from_select(["event_id", "topic"], APPLIED).on_conflict_do_nothing().returning(inbox.c.event_id)


async def fresh(tx: Transaction, topic: str, event_ids: Sequence[UUID]) -> set[UUID]:
    """Mark these as applied in this transaction; return those that were not yet."""
    return set((await tx.execute(MARK, {"event_ids": event_ids, "topic": topic})).scalars())


async def known(reading: Reading, event_ids: Collection[UUID]) -> set[UUID]:
    """Find which of these were applied, parked or dropped, by whichever version."""
    return set(await reading.scalars(select(inbox.c.event_id).where(any_of(inbox.c.event_id, event_ids))))
