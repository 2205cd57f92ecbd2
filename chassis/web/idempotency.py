"""The memory of commands: same key, same request → same answer; same key, other request → 422. Rule 20."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import (
    ARRAY,
    Column,
    DateTime,
    Integer,
    Table,
    Text,
    cast,
    delete,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import Response

from chassis import rows
from chassis.db import Transaction, chassis_tables
from chassis.refusal import Invalid

idempotency = Table(
    "idempotency",
    chassis_tables,
    Column("subject", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer, nullable=False, server_default="0"),
    Column("body", Text, nullable=False, server_default=""),
    Column("location", Text, nullable=False, server_default=""),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
)


FORGOTTEN_AFTER = timedelta(days=2)


class KeyReused(Invalid):
    def __init__(self) -> None:
        super().__init__("Cette clé a déjà servi pour une autre demande. Rechargez la page et recommencez.")


class Name(NamedTuple):
    """Whose key it is: two people may use the same one."""

    subject: str
    key: str


@dataclass(frozen=True)
class Claim:
    """A command under its name; the fingerprint tells two requests apart."""

    name: Name
    fingerprint: str


@dataclass(frozen=True)
class Answer:
    """`body` is JSON, or with a `location` the sentence that is said there."""

    status: int
    body: str = ""
    location: str = ""

    def response(self, *, replayed: bool) -> Response:
        headers = {"Location": self.location} if self.location else {}
        if replayed:
            headers["Idempotency-Replayed"] = "true"
        kind = "text/plain" if self.location else "application/json"
        return Response(self.body, self.status, headers, kind if self.body else None)


async def first_of(tx: Transaction, claims: Sequence[Claim]) -> set[Name]:
    """Return those that nobody claimed before.

    A twin in another transaction waits here until the first has committed.
    """
    columns = (
        [claim.name.subject for claim in claims],
        [claim.name.key for claim in claims],
        [c.fingerprint for c in claims],
    )
    asked = select(*[func.unnest(cast(column, ARRAY(Text))) for column in columns])
    claimed = insert(idempotency).from_select(["subject", "key", "fingerprint"], asked).on_conflict_do_nothing()
    first = await tx.execute(claimed.returning(idempotency.c.subject, idempotency.c.key))
    return {Name(*row) for row in first}


async def answered(tx: Transaction, claim: Claim) -> Answer:
    """Return what the first of that key got. Raises KeyReused."""
    mine = tuple_(idempotency.c.subject, idempotency.c.key) == claim.name
    row = (await tx.execute(select(idempotency).where(mine))).one()
    if row.fingerprint != claim.fingerprint:
        raise KeyReused
    return Answer(row.status, row.body, row.location)


async def remember(tx: Transaction, answers: Mapping[Name, Answer]) -> None:
    given = [{**name._asdict(), **asdict(answer)} for name, answer in answers.items()]
    await rows.change(tx, idempotency, ("subject", "key"), given)


async def unclaim(tx: Transaction, names: Collection[Name]) -> None:
    """Let a refused command be tried again under its key."""
    if names:
        await tx.execute(delete(idempotency).where(tuple_(idempotency.c.subject, idempotency.c.key).in_([*names])))


async def forget_old_keys(tx: Transaction, *, after: timedelta = FORGOTTEN_AFTER) -> None:
    """End, as a timed job, the memory of answers."""
    await tx.execute(delete(idempotency).where(idempotency.c.at < func.now() - after))
