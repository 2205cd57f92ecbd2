"""The journal of a service as its administrators read it: who did what, by agent, by person, by day."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import RowMapping
from starlette.responses import Response

from chassis import erasure
from chassis.bounds import Day, RowNumber
from chassis.db import Reading, Transaction
from chassis.french import of_name
from chassis.journal import RESIDENT, Act, Journal, Lines, Wanted, agents, concerns, lines
from chassis.web.access import allowed
from chassis.web.acts import traced
from chassis.web.page import Page, Transact

READ = Act("journal_read", "a lu le journal", reading=True)
REPLAYED = Act("message_replayed", "a demandé de rejouer un message reçu", "message", by="parked_id")
DISCARDED = Act("message_discarded", "a demandé d'écarter un message reçu", "message", by="parked_id")
SETTLED = Act("loss_settled", "a réglé une perte", "loss", by="loss_id")
ACTS = (READ, REPLAYED, DISCARDED, SETTLED)

ROLES = {
    "administrator": "administration",
    "prescriber": "prescription",
    "mediator": "médiation",
    RESIDENT: "par son lien",
}
THE_RESIDENT = "La personne"
FORGOTTEN, UNNAMED = "une personne effacée", "une personne dont le nom n'est pas connu ici"
LONGEST_AGENT = 255

Blank = BeforeValidator(lambda value: value or None)


class Asked(BaseModel):
    """As the form sends it: a field left empty does not filter."""

    agent: str = Field("", max_length=LONGEST_AGENT)
    personne: Annotated[UUID | None, Blank] = None
    jour: Annotated[Day | None, Blank] = None
    avant: Annotated[RowNumber | None, Blank] = None
    apres: Annotated[RowNumber | None, Blank] = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.agent, self.personne, self.jour, self.avant, self.apres)

    def address(self, **changed: object) -> str:
        """Return the address of the page with these filters; without a place in the list unless one is given."""
        values = {"agent": self.agent, "personne": self.personne, "jour": self.jour, **changed}
        return "?" + urlencode({name: value for name, value in values.items() if value})


@dataclass(frozen=True)
class Names:
    """How people and things are called now, by their ids."""

    people: Mapping[UUID, str]
    subjects: Mapping[tuple[str, str], str]

    @classmethod
    async def of(cls, reading: Reading, journal: Journal, rows: Sequence[RowMapping]) -> "Names":
        ids: defaultdict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row["subject_id"]:
                ids[row["subject"]].add(row["subject_id"])
        people = await journal.people(reading, {row["person_id"] for row in rows if row["person_id"]})
        subjects = {
            (subject, key): name
            for subject, keys in ids.items()
            for key, name in (await journal.subjects(reading, subject, keys)).items()
        }
        return cls(people, subjects)

    def person(self, id_: UUID | None) -> str:
        return self.people.get(id_, UNNAMED) if id_ else FORGOTTEN


@dataclass(frozen=True)
class Line:
    """One line in words."""

    at: datetime
    agent: str
    who: str
    role: str
    what: str
    person_id: UUID | None
    person: str


def in_words(acts: Mapping[str, Act], rows: Sequence[RowMapping], names: Names) -> Iterator[Line]:
    for row in rows:
        yield Line(
            at=row["at"],
            agent=row["agent"],
            who=row["agent_name"] or THE_RESIDENT,
            role=ROLES[row["role"]],
            what=sentence(acts.get(row["act"]), row, names),
            person_id=row["person_id"],
            person=names.person(row["person_id"]),
        )


def sentence(act: Act | None, row: RowMapping, names: Names) -> str:
    """Say what was done, to be read after the agent's name; an act of another version by its own name."""
    person = names.person(row["person_id"])
    phrase = act.phrase.format(de=of_name(person), to=f"à {person}", who=person) if act else row["act"]
    words = act.words if act else {}
    more = [
        names.subjects.get((row["subject"], row["subject_id"]), ""),
        "" if not row["person_id"] or (act and act.names_person) else person,
        *(words.get(fact, fact) for name, fact in row["facts"].items() if name != "why"),
        f"raison : {row['facts']['why']}" if "why" in row["facts"] else "",
    ]
    beside = ", ".join(filter(None, more))
    return f"{phrase} ({beside})" if beside else phrase


def journal_pages(journal: Journal, service: str) -> APIRouter:
    """Return the pages of one service's journal. Whoever looks leaves a line too."""
    router = APIRouter(include_in_schema=False)
    acts = {act.name: act for act in (*ACTS, *journal.acts)}

    @router.get(f"/{service}/journal", dependencies=[Depends(allowed("administrator")), traced(READ)])
    async def shown(page: Page, transact: Transact, asked: Annotated[Asked, Query()]) -> Response:
        async def read(tx: Transaction) -> tuple[Lines, Names, Sequence[tuple[str, str]]]:
            page_of_lines = await lines(tx, asked.wanted)
            if asked.personne:
                concerns(tx, *await erasure.staying(tx, {asked.personne}))
            return page_of_lines, await Names.of(tx, journal, page_of_lines.rows), await agents(tx)

        page_of_lines, names, known = await transact(read)
        more: dict[str, Any] = {"asked": asked, "found": page_of_lines, "agents": [("", "Tout le monde"), *known]}
        more["lines"] = [*in_words(acts, page_of_lines.rows, names)]
        return await page.show_long("journal.html", **more)

    return router
