"""What agents did: one line for each act, written in the act's own transaction. No act without its line, none without.

Who serves adds lines and reads them. Three functions of the tables' owner do the rest: they forget a person (rule 27),
follow a merge (rule 5), and delete what is older than a year and than its retention. Decision 0107.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    RowMapping,
    Select,
    Table,
    Text,
    Uuid,
    event,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.clock import PARIS
from chassis.db import Reading, Transaction, any_of, chassis_tables
from chassis.turns import A_PAGE

RESIDENT = "resident"
PERSON = "person"
ONE_DAY = timedelta(days=1)
MOST_AGENTS = 1000

journal = Table(
    "journal",
    chassis_tables,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("act", Text, nullable=False),
    Column("reading", Boolean, nullable=False),
    Column("agent", Text, nullable=False),
    Column("agent_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("centre_id", Uuid),
    Column("subject", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("person_id", Uuid),
    Column("facts", JSONB, nullable=False),
    CheckConstraint("role in ('administrator', 'prescriber', 'mediator', 'resident')", name="role"),
    CheckConstraint("(agent = '') = (role = 'resident')", name="agent"),
    Index("ix_journal_at", "at", "id"),
    Index("ix_journal_agent", "agent", "at"),
    Index("ix_journal_person_id", "person_id", "at", postgresql_where=text("person_id IS NOT NULL")),
)
FUNCTIONS = Path(__file__).parent / "migrations" / "0014_journal_functions.sql"
for statement in FUNCTIONS.read_text(encoding="utf-8").split("\n\n"):
    event.listen(journal, "after_create", DDL(statement))  # type: ignore[no-untyped-call]

FORGET = text("SELECT journal_forget(:person)")
MERGE = text("SELECT journal_merge(:merged, :retained)")
END = text("SELECT journal_end(:readings, :acts)")
BESIDE = "(journal.at, journal.id) {sign} (SELECT beside.at, beside.id FROM journal AS beside WHERE beside.id = :line)"
AGENTS = text("""
    WITH RECURSIVE known AS (
        (SELECT agent FROM journal WHERE agent > '' ORDER BY agent LIMIT 1)
        UNION ALL
        SELECT (SELECT agent FROM journal WHERE agent > known.agent ORDER BY agent LIMIT 1)
        FROM known WHERE known.agent IS NOT NULL
    )
    SELECT known.agent, latest.agent_name FROM known
    CROSS JOIN LATERAL (
        SELECT agent_name FROM journal WHERE journal.agent = known.agent ORDER BY at DESC LIMIT 1
    ) AS latest
    ORDER BY latest.agent_name LIMIT :most
""")
"""Each agent by their latest name: as many looks into an index as there are agents, however long the journal is."""


Concerned = Mapping[tuple[UUID | None, str], Mapping[str, str]]
"""The facts, by person and by what the act was about."""


@dataclass(frozen=True)
class Act:
    """What somebody may do. `name` is stored; `phrase` follows the agent's name, with «{de}», «{to}» or «{who}» for the
    person. `subject` is what it is about besides: its id is the value of the address that is called `by`
    (`<subject>_id` unless another is named), else that attribute of what was made, else its `id`.

    `facts` are attributes of what was made, never a personal value; `words` says them in French. A `reading` changes
    nothing. An `anonymous` act names no person: it has just made one be forgotten.
    """

    name: str
    phrase: str
    subject: str = ""
    by: str = ""
    facts: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict, compare=False)
    reading: bool = False
    anonymous: bool = False

    @property
    def names_person(self) -> bool:
        return "{" in self.phrase


@dataclass(frozen=True)
class Doing:
    """Somebody is at an act. `path` are the values of the route's address."""

    act: Act
    agent: str
    agent_name: str
    role: str
    centre_id: UUID | None
    path: Mapping[str, str]

    def lines(self, made: object, concerned: Concerned, at: datetime) -> Iterator[dict[str, Any]]:
        """Return a line for each of whom or what the use case has named; one when it named nobody.

        Of a reading only the use case says whom it shows: an address may name somebody who was erased.
        """
        known = None if self.act.reading else self.person_of(made)
        facts = {name: str(getattr(made, name)) for name in self.act.facts if hasattr(made, name)}
        for (person_id, subject_id), more in (concerned or {(None, ""): {}}).items():
            yield {
                "at": at,
                "act": self.act.name,
                "reading": self.act.reading,
                "agent": self.agent,
                "agent_name": self.agent_name,
                "role": self.role,
                "centre_id": self.centre_id,
                "subject": self.act.subject,
                "subject_id": subject_id or str(self.subject_of(made) or ""),
                "person_id": None if self.act.anonymous else person_id or known,
                "facts": orjson.dumps({**facts, **more}).decode(),  # as the driver wants it in an array
            }

    def person_of(self, made: object = None) -> UUID | None:
        """Return whom the act is about: the address says so, or what was made."""
        if known := _uuid(self.path.get("beneficiary_id")):
            return known
        return getattr(made, "id" if self.act.subject == PERSON else "beneficiary_id", None)

    @property
    def is_plausible(self) -> bool:
        """Return whether the ids of the address are ids: one whose are none shows nothing."""
        return all(value.isdecimal() or _uuid(value) for name, value in self.path.items() if name.endswith("_id"))

    def subject_of(self, made: object) -> object:
        """Return the id of what it is about; a person's stands in a column of its own."""
        name = self.act.by or f"{self.act.subject}_id"
        if self.act.subject in {"", PERSON}:
            return ""
        return self.path.get(name) or getattr(made, name, None) or getattr(made, "id", "")


def _uuid(value: str | None) -> UUID | None:
    try:
        return UUID(value or "")
    except ValueError:
        return None


def concerns(tx: Transaction, person_id: UUID | None = None, subject_id: object = "", **facts: str) -> None:
    """Say about which person or thing the act's line is, and with which facts: a use case knows more than the address.

    `why`, a reason in somebody's own words, is forgotten with its person.
    """
    tx.concerned.setdefault((person_id, str(subject_id)), {}).update(facts)


def note(tx: Transaction, doing: Doing | None, made: object = None) -> None:
    """Write the lines of what was just done, with everything that the transaction adds, by one statement."""
    if doing:
        tx.appended[journal] += doing.lines(made, tx.concerned, tx.now)
    tx.concerned.clear()


async def forget(tx: Transaction, person_id: UUID) -> None:
    """Forget a person: what was done stays, about whom it was goes, and reasons in somebody's own words with them.

    Rule 27.
    """
    await tx.execute(FORGET, {"person": person_id})


async def merge(tx: Transaction, merged_id: UUID, retained_id: UUID) -> None:
    """Tell the journal that two records were one person's. Rule 5."""
    await tx.execute(MERGE, {"merged": merged_id, "retained": retained_id})


async def end(tx: Transaction, *, readings: timedelta, acts: timedelta) -> None:
    """Delete, as a timed job, lines older than that, and none that is younger than a year."""
    await tx.execute(END, {"readings": tx.now - readings, "acts": tx.now - acts})


@dataclass(frozen=True)
class Wanted:
    """Which lines: of an agent, about a person, of a day in Paris; older than the line `before`, newer than `after`."""

    agent: str = ""
    person_id: UUID | None = None
    day: date | None = None
    before: int | None = None
    after: int | None = None

    def query(self) -> Select[Any]:
        columns = journal.c
        query = select(journal)
        if self.agent:
            query = query.where(columns.agent == self.agent)
        if self.person_id:
            query = query.where(columns.person_id == self.person_id)
        if self.day:
            begins = datetime.combine(self.day, time(0), PARIS)
            ends = datetime.combine(self.day + ONE_DAY, time(0), PARIS)
            query = query.where(columns.at >= begins, columns.at < ends)
        for sign, line in (("<", self.before), (">", self.after)):
            if line:
                query = query.where(text(BESIDE.format(sign=sign)).bindparams(line=line))
        return query


@dataclass(frozen=True)
class Lines:
    """A page of the journal, the newest first. `older` and `newer`: from which line on there are more, if there are."""

    rows: Sequence[RowMapping]
    older: int | None = None
    newer: int | None = None


async def lines(reading: Reading, wanted: Wanted) -> Lines:
    """Return a page of lines. One more than is shown tells that there are more."""
    columns, newer = journal.c, wanted.after is not None
    order = (columns.at, columns.id) if newer else (columns.at.desc(), columns.id.desc())
    selected = (await reading.execute(wanted.query().order_by(*order).limit(A_PAGE + 1))).mappings().all()
    rows = selected[:A_PAGE][::-1] if newer else selected[:A_PAGE]
    more = len(selected) > A_PAGE
    if not rows:
        return Lines(rows)
    first, last = rows[0]["id"], rows[-1]["id"]
    return Lines(rows, last if more or newer else None, first if wanted.before or (newer and more) else None)


async def lines_about(reading: Reading, people: Collection[UUID]) -> Sequence[RowMapping]:
    """Return all lines of these people, the oldest first."""
    query = select(journal).where(any_of(journal.c.person_id, people)).order_by(journal.c.at, journal.c.id)
    return (await reading.execute(query)).mappings().all()


async def agents(reading: Reading) -> Sequence[tuple[str, str]]:
    """Return who has done something, with their latest name."""
    return [(agent, name) for agent, name in await reading.execute(AGENTS, {"most": MOST_AGENTS})]


NamesOfPeople = Callable[[Reading, Collection[UUID]], Awaitable[Mapping[UUID, str]]]
NamesOfSubjects = Callable[[Reading, str, Collection[str]], Awaitable[Mapping[str, str]]]


async def nobody(_: Reading, __: Collection[UUID]) -> Mapping[UUID, str]:
    """Name nobody, where no person is known by name."""
    return {}


async def nothing(_: Reading, __: str, ___: Collection[str]) -> Mapping[str, str]:
    """Name nothing, where what acts are about has no names."""
    return {}


@dataclass(frozen=True)
class Journal:
    """What may be done in a service, and how it calls people and things now."""

    acts: Sequence[Act] = ()
    people: NamesOfPeople = nobody
    subjects: NamesOfSubjects = nothing
