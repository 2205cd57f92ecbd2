"""Who asked to be forgotten: what speaks of them later, a late event or a replay, is dropped. Rule 27.

Only a keyed digest of the id is kept. The key is made once in each database and never leaves it: were it lost with a
setting, a replay would bring the erased back. Who writes about people and who erases one of them take turns (docs/
decisions/0053): what was begun before the erasure has ended before it, what begins later sees the digest.
"""

from collections.abc import Collection, Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    LargeBinary,
    Table,
    Uuid,
    bindparam,
    cast,
    column,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert

from chassis import journal
from chassis.archive import published
from chassis.db import Reading, Transaction, chassis_tables
from chassis.parking import parked
from chassis.web.idempotency import idempotency
from contracts.erasure import ErasureCompleted
from contracts.event import Event
from contracts.ids import BeneficiaryId
from contracts.prescription import BeneficiaryErased

erasure_key = Table(
    "erasure_key",
    chassis_tables,
    Column("single", Boolean, primary_key=True, server_default="true"),
    Column("key", LargeBinary, nullable=False),
    CheckConstraint("single", name="single"),
)
erased = Table(
    "erased",
    chassis_tables,
    Column("digest", LargeBinary, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

PEOPLE_IN = ("beneficiary_id", "kept_id", "merged_id")
NEW_KEY = func.uuid_send(func.gen_random_uuid()).op("||")(func.uuid_send(func.gen_random_uuid()))


def people_in(*events: Event) -> set[UUID]:
    """Return whom they speak of; nobody, when it is about the erasure itself."""
    return {person for event in events for name in _fields(type(event)) if (person := getattr(event, name))}


@cache
def _fields(kind: type[Event]) -> tuple[str, ...]:
    if kind is BeneficiaryErased or issubclass(kind, ErasureCompleted):
        return ()
    return tuple(name for name in PEOPLE_IN if name in kind.model_fields)


def _digest(of: object) -> object:
    """32 bytes of key, 16 of id: nothing can be appended to a text of fixed length."""
    return func.sha256(erasure_key.c.key.op("||")(func.uuid_send(of)))


SLOTS = 1024  # turns are taken by slots, of which each person has one: PostgreSQL has room for so many locks
TURNS = text("""
    SELECT CASE WHEN forgets THEN pg_advisory_xact_lock(27, slot) ELSE pg_advisory_xact_lock_shared(27, slot) END
    FROM unnest(CAST(:slots AS int[]), CAST(:forgets AS bool[])) AS turn (slot, forgets)
""")


async def take_turns(tx: Transaction, people: Collection[UUID], erasing: Collection[UUID] = ()) -> None:
    """Write about `people` beside others who do; erase those of `erasing` when nobody does, and nobody begins to.

    Until the transaction ends. To be asked before anything else is locked, in one go for all.
    """
    forgets = {person.int % SLOTS for person in erasing}
    slots = sorted(forgets | {person.int % SLOTS for person in people})
    if slots:
        await tx.execute(TURNS, {"slots": slots, "forgets": [slot in forgets for slot in slots]})


async def staying(tx: Transaction, people: Collection[UUID]) -> set[UUID]:
    """Find who of `people` is not erased, nor can be before this transaction ends: of others nothing may be written."""
    await take_turns(tx, people)
    return {*people} - await among(tx, people)


async def erased_of(tx: Transaction, events: Sequence[Event], keys: Collection[bytes | None] = ()) -> set[UUID]:
    """Find whom of those that `events` or `keys` speak of were erased; the others can't be before this one ends."""
    people = people_in(*events) | {person for key in keys if (person := person_of(key))}
    await take_turns(tx, people, [event.beneficiary_id for event in events if isinstance(event, BeneficiaryErased)])
    return await among(tx, people)


def person_of(key: bytes | None) -> UUID | None:
    """Return whose record that may be, by its partition key."""
    try:
        return UUID((key or b"").decode())
    except ValueError:
        return None


async def digest_of(tx: Transaction, person: UUID) -> bytes:
    """Digest of whom a trace is that stays: the same for all of one person in this database, and for nobody else."""
    await tx.execute(insert(erasure_key).values(key=NEW_KEY).on_conflict_do_nothing())
    digest: bytes = (await tx.execute(select(_digest(cast(person, Uuid))).select_from(erasure_key))).scalar_one()  # type: ignore[call-overload]
    return digest


async def forget(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    """Never hear of this person again, and drop what the chassis itself has of them.

    Parked records, remembered answers, and what was published about them: nobody publishes it again. What agents did
    stays in the journal, about nobody.
    """
    await tx.execute(insert(erasure_key).values(key=NEW_KEY).on_conflict_do_nothing())
    known = insert(erased).from_select(["digest"], select(_digest(cast(beneficiary_id, Uuid))))  # type: ignore[call-overload]
    await tx.execute(known.on_conflict_do_nothing())
    await tx.execute(delete(parked).where(parked.c.key == str(beneficiary_id).encode()))
    await tx.execute(delete(published).where(published.c.key == str(beneficiary_id)))
    names_them = idempotency.c.body.contains(str(beneficiary_id)) | idempotency.c.location.contains(str(beneficiary_id))
    await tx.execute(delete(idempotency).where(names_them))
    await journal.forget(tx, beneficiary_id)


PERSON = func.unnest(cast(bindparam("people"), ARRAY(Uuid))).table_valued(column("id", Uuid)).render_derived("person")
KNOWN = select(erased.c.digest).where(erased.c.digest == _digest(PERSON.c.id)).where(erasure_key.c.single)
ERASED = select(PERSON.c.id).where(KNOWN.correlate(PERSON).exists())


async def among(reading: Reading, people: Collection[UUID]) -> set[UUID]:
    """Return those of these who were erased."""
    return {*await reading.scalars(ERASED, {"people": [*people]})} if people else set()
