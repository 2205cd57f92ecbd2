"""A file of places is taken in, or only tried: what it creates, what it changes, field by field, what it misses."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.outbox import say
from contracts.catalogue import SpaceListed
from contracts.event import Event
from contracts.ids import SpaceId, uuid7
from services.catalogue import queries
from services.catalogue.model import Space
from services.catalogue.standards import FIELDS, KNOWN, Place, Reading, Remark, doubled, kept, read_places
from services.catalogue.usecases.places import readdress

AT_ONCE = 50  # places, between which whatever else waits has its turn
Outcome = Literal["created", "changed", "unchanged", "missing"]
Progress = Callable[[int, int], None]
"""How many places are done, of how many."""


@dataclass(frozen=True)
class Line:
    """What became, or would become, of one place; `fields` are those that differ."""

    source_id: str
    name: str
    outcome: Outcome
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Imported:
    standard: str
    records: int
    lines: Sequence[Line]
    remarks: Sequence[Remark]

    @property
    def counts(self) -> Mapping[str, int]:
        """By outcome. A record that has the id of another counts once, with the last."""
        counted = Counter(line.outcome for line in self.lines)
        told = {outcome: counted[outcome] for outcome in ("created", "changed", "unchanged")} | {
            "refused": len({remark.line for remark in self.remarks if remark.severity == "refused"})
        }
        return told | ({"missing": counted["missing"]} if counted["missing"] else {})


@dataclass
class Import:
    """One file against what we know. A `list_name` says that the file is that list as a whole."""

    tx: Transaction
    trial: bool
    list_name: str
    lines: list[Line] = field(default_factory=list)
    said: list[Event] = field(default_factory=list)
    moved: list[Space] = field(default_factory=list)

    def take(self, space: Space | None, place: Place) -> None:
        if space is None:
            self._line(place, "created", ())
            if not self.trial:
                self._create(place)
            return
        differing = tuple(name for name in FIELDS if getattr(place, name) != getattr(space.as_filed, name))
        if place in (space.as_filed, space.standard):
            self._line(place, "unchanged", ())
        else:
            self._line(place, "changed", differing)
        if not self.trial:
            self._rewrite(space, place)

    def miss(self, space: Space) -> None:
        """Only marked: a file that was cut short must close nothing."""
        self._line(space.standard, "missing", ())
        if not self.trial and space.missing_since is None:
            space.missing_since = self.tx.now.astimezone(PARIS).date()

    def _create(self, place: Place) -> None:
        space = Space.listed(SpaceId(uuid7()), place, self.tx.now)
        space.list_name = self.list_name or None
        self.tx.add(space)
        self.said.append(space.stated(SpaceListed, self.tx.now))

    def _rewrite(self, space: Space, place: Place) -> None:
        space.missing_since = None
        space.list_name = self.list_name or space.list_name
        before = space.where
        if space.rewrite(place, self.tx.now):
            self.said.append(space.news(self.tx.now))
        if space.where != before:
            self.moved.append(space)

    def _line(self, place: Place, outcome: Outcome, fields: tuple[str, ...]) -> None:
        self.lines.append(Line(place.id, place.nom, outcome, fields))


async def read_file(content: bytes) -> Reading:
    """Beside the event loop: a large one takes seconds. Raises NotThisStandard."""
    return await asyncio.to_thread(read_places, content)


async def import_places(
    tx: Transaction, reading: Reading, *, trial: bool, list_name: str = "", progress: Progress = lambda *_: None
) -> Imported:
    """Create and change what differs; a trial only tells what would be done."""
    places = kept(reading.places)
    spaces = await queries.all_spaces(tx, locked=not trial)
    known = {space.source_id: space for space in spaces}
    taking = Import(tx, trial, list_name)
    for done, place in enumerate(places.values(), start=1):
        taking.take(known.get(place.id), place)
        progress(done, len(places))
        if done % AT_ONCE == 0:
            await tx.flush()
            await asyncio.sleep(0)
    for space in spaces:
        if list_name and space.list_name == list_name and space.source_id not in reading.ids:
            taking.miss(space)
    say(tx, *taking.said)
    await readdress(tx, taking.moved)
    already = await asyncio.to_thread(_known_already, reading, spaces)
    remarks = sorted([*reading.remarks, *already], key=lambda remark: remark.line)
    return Imported(reading.standard, reading.records, taking.lines, remarks)


def _known_already(reading: Reading, spaces: Sequence[Space]) -> list[Remark]:
    """New places that look like one that we have under another id."""
    ids = {space.source_id for space in spaces}
    new = [(line, place) for line, place in zip(reading.lines, reading.places, strict=True) if place.id not in ids]
    ours = [(KNOWN, space.standard) for space in spaces]
    return [remark for remark in doubled([*ours, *new]) if "déjà dans notre liste" in remark.sentence]
