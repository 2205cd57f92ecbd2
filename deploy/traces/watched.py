"""The demonstration's story, whose last person is erased while all that is left of them is counted."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import httpx
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from rich.console import Console
from rich.table import Table

from contracts.topics import CONTACTS, TOPICS
from deploy.audit.bus import administering
from deploy.local.demo.people import SEEKER
from deploy.local.demo.stage import Stage
from deploy.local.demo.story import Story
from deploy.local.system import TITLES
from deploy.traces import files, places
from deploy.traces.sought import Sought, sought

WHOLE = SEEKER.typed | {
    "phone": "06 39 98 12 37",
    "postal_address": "5 rue de l'Exemple\n26000 Valence",
    "confirmed": True,
}
"""With all that a person may have."""
WAITING = (f"sujet {CONTACTS.name}", f"segments de {CONTACTS.name}", "fichiers de PostgreSQL")
"""Where a name may be until the delay that is promised is over."""
SOON = {"max.compaction.lag.ms": "1000", "segment.ms": "1000", "delete.retention.ms": "1000"}
BEFORE, IMMEDIATELY, GONE = "avant", "0 min", "délai promis"
ID = "identifiant"
"""By itself it names nobody: the events of the open topics have it (docs/decisions/0005), until they are withdrawn."""
STAYS = (".published", places.OF_THE_ERASURE, "segments de ", "fichiers de PostgreSQL")
"""Where the id is even then, for two years: in what says that it was erased (docs/operate/erasure.md)."""
TOPIC = ConfigResourceType.TOPIC


class Watched(Story):
    """`seen` are the counts of each moment, in their order."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.seen: dict[str, places.Counts] = {}
        self.wanted: Sequence[Sought] = ()

    def forget(self) -> None:
        """From before the request until after every promise, with moved clocks."""
        person = self.people[SEEKER]
        self.wanted = [*sought(WHOLE, UUID(person))]
        self._fill(person)
        self.look(BEFORE)
        path, why = f"/beneficiaries/{person}/erasure", {"reason": "wish"}
        due_at = datetime.fromisoformat(self.stage.done("nadia", "POST", "prescription", path, json=why)["due_at"])
        self.look("demandé")
        self.stage.move_clock(due_at + timedelta(minutes=1))
        self.stage.bus.wait_for("erasure.completed", person, count=len(TITLES))
        self.look(IMMEDIATELY)
        self.stage.move_clock(due_at + timedelta(hours=1))
        self.look("1 h")
        self._promised(due_at)
        self.look(GONE)

    def _fill(self, person: str) -> None:
        """A record with everything, read, and a book that is printed."""
        self.stage.done("nadia", "PUT", "prescription", f"/beneficiaries/{person}", json=WHOLE)
        headers = {"Authorization": f"Bearer {self.stage.system.token_for(self.stage.who['nadia'])}"}
        [book] = self.stage.done("nadia", "GET", "prescription", f"/beneficiaries/{person}")["books"]
        for page in (f"/habitants/{person}", f"/chequiers/{book['id']}.pdf"):
            url = self.stage.system.urls["prescription"] + page
            httpx.get(url, headers=headers, timeout=30).raise_for_status()
        self.stage.bus.wait_for("contact.stated", person, "1237")

    def _promised(self, due_at: datetime) -> None:
        """Two days later for the topics; a month later for the files, which are written anew as the guide says."""
        asyncio.run(self._compact())
        for day in (1, 2):
            ticks = self._ticks() + CONTACTS.partitions
            self.stage.move_clock(due_at + timedelta(days=day))
            self.stage.until("les contacts avancent", partial(self._ticked, ticks))
        self.stage.until("plus rien dans les segments des contacts", lambda: not self._in_segments())
        self.stage.until("les sujets ne disent plus que l'effacement", lambda: not self._on_topics())
        asyncio.run(files.written_anew(self.stage.system.servers.postgres.dsn))

    async def _compact(self) -> None:
        """Kafka knows no other clock than its own: its hours are made seconds."""
        async with administering({"bootstrap_servers": self.stage.system.servers.kafka.bootstrap}) as admin:
            resources = [ConfigResource(TOPIC, topic.name, {**topic.config, **SOON}) for topic in TOPICS.values()]
            await admin.alter_configs(resources)

    def _ticks(self) -> int:
        return sum(record.type.startswith("contacts.ticked") for record in self.stage.bus.records)

    def _ticked(self, most: int) -> bool:
        return self._ticks() >= most

    def _in_segments(self) -> bool:
        counts = places.segments(self.stage.system.folder / "kafka" / "data", self.wanted)
        return bool({*counts.get(f"segments de {CONTACTS.name}", ())} - {ID})

    def _on_topics(self) -> list[str]:
        counts = asyncio.run(places.topics(self.stage.system.servers.kafka.bootstrap, self.wanted))
        return [place for place in counts if places.OF_THE_ERASURE not in place]

    def look(self, moment: str) -> None:
        """Count, everywhere."""
        system = self.stage.system
        data, logs = system.folder / "kafka" / "data", (system.folder / "logs").glob("*.log")
        self.seen[moment] = {
            **asyncio.run(self._asked()),
            **places.metrics({name: system.urls[name] for name in TITLES}, self.wanted),
            **places.segments(data, self.wanted),
            **places.files("journaux", logs, self.wanted),
            **places.files("PDF gardés", files.printed(system.folder), self.wanted),
            **places.files("fichiers de PostgreSQL", files.of_postgres(system.servers.postgres), self.wanted),
        }

    async def _asked(self) -> places.Counts:
        system, counts = self.stage.system, dict[str, Counter[str]]()
        for service in TITLES:
            counts.update(await places.tables(service, system.databases[service], self.wanted))
        return {**counts, **await places.topics(system.servers.kafka.bootstrap, self.wanted)}

    def show(self, console: Console) -> None:
        """A line a place, a column a moment."""
        table = Table("où", *self.seen, title="Ce qui reste d'une personne effacée")
        for place in dict.fromkeys(place for counts in self.seen.values() for place in counts):
            table.add_row(place, *(_written(counts.get(place, {})) for counts in self.seen.values()))
        console.print(table)

    def faults(self) -> Iterator[str]:
        """What a promise says is gone and is not; and what was not seen while it was there, by which we know."""
        before = {kind for place, counts in self.seen[BEFORE].items() if "." in place for kind in counts}
        yield from (f"{trace.kind} : n'est vu nulle part avant" for trace in self.wanted if trace.kind not in before)
        for moment in (*self.seen,)[[*self.seen].index(IMMEDIATELY) :]:
            for place, counts in self.seen[moment].items():
                yield from (f"{moment}, {place} : {kind}" for kind in counts if not may_be(kind, place, moment))


def may_be(kind: str, place: str, moment: str) -> bool:
    """Whether a promise lets it be there, at or after the erasure."""
    if kind == ID:
        return moment != GONE or any(stays in place for stays in STAYS)
    return moment != GONE and place.startswith(WAITING)


def _written(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())
