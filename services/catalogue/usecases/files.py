"""A file of places is taken in, or only tried: what it creates, what it changes, field by field, what it misses."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from chassis.clock import PARIS
from chassis.db import Database, Transaction
from chassis.journal import concerns
from chassis.outbox import publish, store_so_far
from contracts.catalogue import SpaceListed
from contracts.event import Event
from contracts.ids import SpaceId, uuid7
from services.catalogue import queries
from services.catalogue.model import Answers, Space
from services.catalogue.standards import (
    FIELDS,
    KNOWN,
    ComparedPlace,
    Place,
    Reading,
    Remark,
    Remarks,
    better,
    doubled,
    kept,
    read_places,
)
from services.catalogue.usecases.spaces import readdress
from services.catalogue.usecases.trainings import MANY

AT_ONCE = 50  # places, between which whatever else waits has its turn
AT_MOST = 500  # events that wait in memory
Outcome = Literal["created", "changed", "unchanged", "older", "merged", "missing"]
ALWAYS: tuple[Outcome, ...] = ("created", "changed", "unchanged")
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
    refused: int
    outside: int

    @property
    def counts(self) -> Mapping[str, int]:
        """By outcome. A record that has the id of another counts once, with the newest."""
        counted = Counter(line.outcome for line in self.lines)
        seldom: tuple[Outcome, ...] = ("older", "merged", "missing")
        always = {outcome: counted[outcome] for outcome in ALWAYS} | {"refused": self.refused}
        more = {outcome: counted[outcome] for outcome in seldom if counted[outcome]}
        return always | more | ({"outside": self.outside} if self.outside else {})


@dataclass
class Import:
    """One file against what we know. A `list_name` says that the file is that list as a whole."""

    tx: Transaction
    trial: bool
    list_name: str
    answers: Answers
    reading: Reading
    lines: list[Line] = field(default_factory=list)
    said: list[Event] = field(default_factory=list)
    moved: list[SpaceId] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)

    def take(self, space: Space | None, place: Place, line: int) -> None:
        """A place that a person has called the same as another is not taken a second time."""
        if place.id in self.answers.merged:
            self._line(place, "merged", ())
        elif space is None:
            self._line(place, "created", ())
            if not self.trial:
                self._create(place)
        else:
            self._compare(space, place, line)

    def _compare(self, space: Space, given: Place, line: int) -> None:
        """What a file says badly takes nothing away, nor what it says of an earlier day."""
        filed = space.as_filed
        place = better(given, filed, self.reading.doubtful.get(line, ()))
        self.remarks.add(_stayed(given, place, line))
        if place == filed or (space.corrections and place == space.standard):
            self._line(place, "unchanged", ())
        elif place.date_maj < filed.date_maj:
            self._line(place, "older", ())
            self.remarks.add([_older(place, filed, line)])
        else:
            self._line(place, "changed", tuple(name for name in FIELDS if getattr(place, name) != getattr(filed, name)))
            self._rewrite(space, place)
        if not self.trial:
            space.missing_since = None
            space.list_name = self.list_name or space.list_name

    def miss(self, space: Space) -> None:
        """Only marked: a file that was cut short must close nothing."""
        self._line(space.standard, "missing", ())
        if not self.trial and space.missing_since is None:
            space.missing_since = self.tx.now.astimezone(PARIS).date()

    async def let_others_work(self) -> None:
        """What is done so far is on its way, and what happened is collected."""
        publish(self.tx, *self.said)
        self.said.clear()
        await self.tx.flush()
        if len(self.tx.published) >= AT_MOST:
            await store_so_far(self.tx)
        await asyncio.sleep(0)

    def _create(self, place: Place) -> None:
        space = Space.listed(SpaceId(uuid7()), place, self.tx.now)
        space.list_name = self.list_name or None
        self.tx.add(space)
        self.said.append(space.stated(SpaceListed, self.tx.now))

    def _rewrite(self, space: Space, place: Place) -> None:
        if self.trial:
            return
        before = space.where
        if space.rewrite(place, self.tx.now):
            self.said.append(space.news(self.tx.now))
        if space.where != before:
            self.moved.append(space.id)

    def _line(self, place: Place, outcome: Outcome, fields: tuple[str, ...]) -> None:
        self.lines.append(Line(place.id, place.nom, outcome, fields))


def _stayed(given: Place, place: Place, line: int) -> list[Remark]:
    sentence = "La valeur du fichier n'est pas reprise : celle que nous avions reste."
    return [
        Remark(line, name, str(getattr(place, name)), "stays", sentence)
        for name in FIELDS
        if getattr(given, name) != getattr(place, name)
    ]


def _older(place: Place, filed: Place, line: int) -> Remark:
    sentence = f"Notre fiche est du {filed.date_maj:%d/%m/%Y}, celle-ci est plus ancienne : rien n'est changé."
    return Remark(line, "date_maj", place.date_maj.isoformat(), "stays", sentence)


async def read_file(content: bytes, now: datetime, *, elsewhere: bool = False) -> Reading:
    """Beside the event loop: a large one takes seconds. Raises NotThisStandard."""
    today = now.astimezone(PARIS).date()
    return await asyncio.to_thread(read_places, content, today=today, elsewhere=elsewhere)


async def read_and_compare(database: Database, content: bytes, *, elsewhere: bool = False) -> Reading:
    """Raises NotThisStandard."""
    return await compare(database, await read_file(content, database.clock.now(), elsewhere=elsewhere))


async def compare(database: Database, reading: Reading) -> Reading:
    """Tell among its remarks which places look like one of ours, or like each other.

    In no transaction: for a large file, on a busy machine, that takes longer than one may idle.
    """
    async with database.reading() as session:
        answers, ours = await queries.answers(session), await queries.compared_places(session)
    doubles = Remarks()
    doubles.add(await asyncio.to_thread(_doubled, reading, ours, answers))
    return replace(reading, remarks=(*reading.remarks, *doubles.shown()))


def _doubled(reading: Reading, ours: Sequence[ComparedPlace], answers: Answers) -> list[Remark]:
    known = [(KNOWN, place) for place in ours if place.id not in reading.ids]
    new = [(line, place) for line, place in reading.numbered if place.id not in answers.merged]
    return [*doubled([*known, *new], answers.pairs)]


async def import_places(
    tx: Transaction, reading: Reading, *, trial: bool, list_name: str = "", progress: Progress = lambda *_: None
) -> Imported:
    """Create and change what differs; a trial only tells what would be done."""
    concerns(tx, trial=str(trial))
    places = kept(reading.places)
    taking = Import(tx, trial, list_name, await queries.answers(tx), reading)
    if not trial:
        await queries.lock_all_spaces(tx)
    await _take_all(taking, places, progress)
    if list_name:
        await _miss_others(taking)
    await readdress(tx, taking.moved)
    if not trial and sum(line.outcome in {"created", "changed"} for line in taking.lines) >= MANY:
        await queries.renew_statistics(tx, "spaces")
    remarks = sorted([*reading.remarks, *taking.remarks.shown()], key=lambda remark: remark.line)
    return Imported(reading.standard, reading.records, taking.lines, remarks, reading.refused, reading.outside)


async def _take_all(taking: Import, places: Mapping[str, Place], progress: Progress) -> None:
    """A few at a time: the database is asked often enough, and of ours few are in memory."""
    line_of = {place.id: line for line, place in taking.reading.numbered if places[place.id] is place}
    ids = [*places]
    for start in range(0, len(ids), AT_ONCE):
        known = await queries.spaces_by_source_id(taking.tx, ids[start : start + AT_ONCE])
        for done, source_id in enumerate(ids[start : start + AT_ONCE], start + 1):
            taking.take(known.get(source_id), places[source_id], line_of[source_id])
            progress(done, len(ids))
        await taking.let_others_work()


async def _miss_others(taking: Import) -> None:
    """Those of the list that the file does not have."""
    listed = await queries.source_ids_of_list(taking.tx, taking.list_name)
    missed = [source_id for source_id in listed if source_id not in taking.reading.ids]
    for start in range(0, len(missed), AT_ONCE):
        for space in (await queries.spaces_by_source_id(taking.tx, missed[start : start + AT_ONCE])).values():
            taking.miss(space)
        await taking.let_others_work()
