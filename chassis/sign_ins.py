"""Whose sign-in no longer counts. Each service remembers it by itself, also while prescription is down.

A token says who somebody is until it ends. Meanwhile they sign out, or their account changes: both are events, stored
here by each service, and every instance looks once a second. Only what is younger than the longest sign-in can matter;
keys of software live longer, and of their accounts all are remembered.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, Table, Text, Uuid, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from chassis import db, telemetry
from chassis.db import Database, Reading, Transaction, chassis_tables
from chassis.outbox import publish
from contracts.accounts import AccountChanged, AccountEvent, SignInEnded

LONGEST = timedelta(hours=12)
LOOK_EVERY = 1.0  # seconds

known_accounts = Table(
    "known_accounts",
    chassis_tables,
    Column("account_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
)
ended_sign_ins = Table(
    "ended_sign_ins",
    chassis_tables,
    Column("sign_in_id", Uuid, primary_key=True),
    Column("ends_at", DateTime(timezone=True), nullable=False),
)


async def apply(tx: Transaction, events: Sequence[AccountEvent]) -> None:
    """Remember what was heard of accounts and sign-ins; an older version of an account changes nothing."""
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case AccountChanged():
                await _remember_account(tx, event)
            case SignInEnded():
                ended = insert(ended_sign_ins).values(sign_in_id=event.sign_in_id, ends_at=event.ends_at)
                await tx.execute(ended.on_conflict_do_nothing())


async def _remember_account(tx: Transaction, event: AccountChanged) -> None:
    values = {"version": event.version, "kind": event.kind, "valid_from": event.valid_from}
    account = insert(known_accounts).values(account_id=event.account_id, **values)
    newer = known_accounts.c.version < account.excluded.version
    await tx.execute(account.on_conflict_do_update(index_elements=["account_id"], set_=values, where=newer))


async def publish_and_apply(tx: Transaction, *events: AccountEvent) -> None:
    """Publish, for the service that owns accounts: it remembers in the same transaction, Kafka up or down."""
    publish(tx, *events)
    await apply(tx, events)


async def forget(tx: Transaction) -> None:
    """Forget, as a timed job, what would have ended by itself."""
    await tx.execute(delete(ended_sign_ins).where(ended_sign_ins.c.ends_at < tx.now))


class Revocations:
    """What no longer counts, as this instance knows it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.valid_from: Mapping[str, datetime] = {}
        self.ended: frozenset[UUID] = frozenset()

    async def look(self) -> str:
        """Read it again. What is known stays known while the database is away."""
        try:
            async with self.database.reading() as reading:
                self.valid_from, self.ended = await self._read(reading)
        except Exception as error:
            if not db.away(error):
                raise
            return "la base ne répond pas"
        return ""

    async def _read(self, reading: Reading) -> tuple[Mapping[str, datetime], frozenset[UUID]]:
        now = self.database.clock.now()
        matters = or_(known_accounts.c.valid_from > now - LONGEST, known_accounts.c.kind == "system")
        rows = await reading.execute(select(known_accounts.c.account_id, known_accounts.c.valid_from).where(matters))
        ended = await reading.scalars(select(ended_sign_ins.c.sign_in_id).where(ended_sign_ins.c.ends_at > now))
        return {str(account): since for account, since in rows}, frozenset(ended)
