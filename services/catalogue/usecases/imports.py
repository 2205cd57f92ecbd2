"""A file of places is imported, or only tried: what it creates, changes and misses; and two places may be one."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from chassis.clock import PARIS
from chassis.db import Database, Transaction
from chassis.journal import concerns
from chassis.outbox import publish, store_so_far
from contracts.catalogue import SpaceListed
from contracts.event import Event
from contracts.ids import SpaceId, uuid7
from services.catalogue import queries
from services.catalogue.model import Answers, PlaceImport, Space
from services.catalogue.model.refusals import OnePlaceTwice
from services.catalogue.standards import (
    FIELDS,
    KNOWN,
    ComparedPlace,
    Place,
    PlacesFile,
    Remark,
    Remarks,
    doubled,
    newest_by_id,
    read_places,
    with_known_values,
)
from services.catalogue.usecases.spaces import close_space, readdress
from services.catalogue.usecases.trainings import MANY

AT_ONCE = 50  # places, between which whatever else waits has its turn
SHOWN_FOR = timedelta(days=90)
MOST_LINES = 5_000  # of a result that is stored
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
class ImportResult:
    """What became, or would become, of a file. `refused` records and those `outside` of the Drôme are counted."""

    standard: str
    records: int
    lines: Sequence[Line]
    remarks: Sequence[Remark]
    refused: int
    outside: int

    @property
    def counts(self) -> Mapping[str, int]:
        """Count by outcome. A record that has the id of another counts once, with the newest."""
        counted = Counter(line.outcome for line in self.lines)
        seldom: tuple[Outcome, ...] = ("older", "merged", "missing")
        always = {outcome: counted[outcome] for outcome in ALWAYS} | {"refused": self.refused}
        more = {outcome: counted[outcome] for outcome in seldom if counted[outcome]}
        return always | more | ({"outside": self.outside} if self.outside else {})


@dataclass
class PlacesImport:
    """One file against what we know. A `list_name` says that the file is that list as a whole."""

    tx: Transaction
    trial: bool
    list_name: str
    answers: Answers
    file: PlacesFile
    lines: list[Line] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    moved: list[SpaceId] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)

    def take(self, space: Space | None, place: Place, line: int) -> None:
        """Create or change one place; one that a person has called the same as another is not taken a second time."""
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
        place = with_known_values(given, filed, self.file.doubtful.get(line, ()))
        self.remarks.add(_not_taken(given, place, line))
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
        """Mark a space that the list no longer has: a file that was cut short must close nothing."""
        self._line(space.standard, "missing", ())
        if not self.trial and space.missing_since is None:
            space.missing_since = self.tx.now.astimezone(PARIS).date()

    async def flush_and_yield(self) -> None:
        """Send on what is done so far, collect what happened, and let others work."""
        publish(self.tx, *self.events)
        self.events.clear()
        await self.tx.flush()
        if len(self.tx.published) >= AT_MOST:
            await store_so_far(self.tx)
        await asyncio.sleep(0)

    def _create(self, place: Place) -> None:
        space = Space.listed(SpaceId(uuid7()), place, self.tx.now)
        space.list_name = self.list_name or None
        self.tx.add(space)
        self.events.append(space.stated(SpaceListed, self.tx.now))

    def _rewrite(self, space: Space, place: Place) -> None:
        if self.trial:
            return
        before = space.where
        if space.rewrite(place, self.tx.now):
            self.events.append(space.changed(self.tx.now))
        if space.where != before:
            self.moved.append(space.id)

    def _line(self, place: Place, outcome: Outcome, fields: tuple[str, ...]) -> None:
        self.lines.append(Line(place.id, place.nom, outcome, fields))


def _not_taken(given: Place, place: Place, line: int) -> list[Remark]:
    sentence = "La valeur du fichier n'est pas reprise : celle que nous avions reste."
    return [
        Remark(line, name, str(getattr(place, name)), "stays", sentence)
        for name in FIELDS
        if getattr(given, name) != getattr(place, name)
    ]


def _older(place: Place, filed: Place, line: int) -> Remark:
    sentence = f"Notre fiche est du {filed.date_maj:%d/%m/%Y}, celle-ci est plus ancienne : rien n'est changé."
    return Remark(line, "date_maj", place.date_maj.isoformat(), "stays", sentence)


async def read_file(content: bytes, now: datetime, *, elsewhere: bool = False) -> PlacesFile:
    """Read it beside the event loop: a large one takes seconds. Raises NotThisStandard."""
    today = now.astimezone(PARIS).date()
    return await asyncio.to_thread(read_places, content, today=today, elsewhere=elsewhere)


async def read_and_compare(database: Database, content: bytes, *, elsewhere: bool = False) -> PlacesFile:
    """Read a file and compare its places with ours. Raises NotThisStandard."""
    return await compare(database, await read_file(content, database.clock.now(), elsewhere=elsewhere))


async def compare(database: Database, file: PlacesFile) -> PlacesFile:
    """Tell among its remarks which places look like one of ours, or like each other.

    In no transaction: for a large file, on a busy machine, that takes longer than one may idle.
    """
    async with database.reading() as session:
        answers, ours = await queries.answers(session), await queries.compared_places(session)
    doubles = Remarks()
    doubles.add(await asyncio.to_thread(_doubled, file, ours, answers))
    return replace(file, remarks=(*file.remarks, *doubles.shown()))


def _doubled(file: PlacesFile, ours: Sequence[ComparedPlace], answers: Answers) -> list[Remark]:
    known = [(KNOWN, place) for place in ours if place.id not in file.ids]
    new = [(line, place) for line, place in file.numbered if place.id not in answers.merged]
    return [*doubled([*known, *new], answers.pairs)]


async def import_places(
    tx: Transaction, file: PlacesFile, *, trial: bool, list_name: str = "", progress: Progress = lambda *_: None
) -> ImportResult:
    """Create and change what differs; a trial only tells what would be done."""
    concerns(tx, trial=str(trial))
    places = newest_by_id(file.places)
    ongoing = PlacesImport(tx, trial, list_name, await queries.answers(tx), file)
    if not trial:
        await queries.lock_all_spaces(tx)
    await _take_all(ongoing, places, progress)
    if list_name:
        await _miss_others(ongoing)
    await readdress(tx, ongoing.moved)
    if not trial and sum(line.outcome in {"created", "changed"} for line in ongoing.lines) >= MANY:
        await queries.renew_statistics(tx, "spaces")
    remarks = sorted([*file.remarks, *ongoing.remarks.shown()], key=lambda remark: remark.line)
    return ImportResult(file.standard, file.records, ongoing.lines, remarks, file.refused, file.outside)


async def _take_all(ongoing: PlacesImport, places: Mapping[str, Place], progress: Progress) -> None:
    """A few at a time: the database is asked often enough, and of ours few are in memory."""
    line_of = {place.id: line for line, place in ongoing.file.numbered if places[place.id] is place}
    ids = [*places]
    for start in range(0, len(ids), AT_ONCE):
        known = await queries.spaces_by_source_id(ongoing.tx, ids[start : start + AT_ONCE])
        for done, source_id in enumerate(ids[start : start + AT_ONCE], start + 1):
            ongoing.take(known.get(source_id), places[source_id], line_of[source_id])
            progress(done, len(ids))
        await ongoing.flush_and_yield()


async def _miss_others(ongoing: PlacesImport) -> None:
    """Those of the list that the file does not have."""
    listed = await queries.source_ids_of_list(ongoing.tx, ongoing.list_name)
    missed = [source_id for source_id in listed if source_id not in ongoing.file.ids]
    for start in range(0, len(missed), AT_ONCE):
        for space in (await queries.spaces_by_source_id(ongoing.tx, missed[start : start + AT_ONCE])).values():
            ongoing.miss(space)
        await ongoing.flush_and_yield()


async def import_file(
    tx: Transaction, file: PlacesFile, *, trial: bool, list_name: str = "", progress: Progress = lambda *_: None
) -> tuple[UUID, ImportResult]:
    """Import a file; return the number under which the result can be read again, and the result."""
    import_id, done = uuid7(), await import_places(tx, file, trial=trial, list_name=list_name, progress=progress)
    store_result(tx, import_id, done, trial=trial, list_name=list_name)
    return import_id, done


def store_result(tx: Transaction, import_id: UUID, done: ImportResult, *, trial: bool, list_name: str) -> None:
    """Store what is shown for 90 days."""
    lines = [line for line in done.lines if line.outcome != "unchanged"]
    result = {
        "standard": done.standard,
        "records": done.records,
        "counts": {**done.counts},
        "lines": [asdict(line) for line in lines[:MOST_LINES]],
        "more_lines": max(len(lines) - MOST_LINES, 0),
        "remarks": [asdict(remark) for remark in done.remarks],
    }
    tx.add(PlaceImport(id=import_id, imported_at=tx.now, trial=trial, list_name=list_name, result=result))


async def answer_double(tx: Transaction, stays: str, other: str, *, same: bool) -> None:
    """Store the answer, which is not asked for again. Of one place the `other` is closed, and left out of later files.

    Raises OnePlaceTwice.
    """
    if stays == other:
        raise OnePlaceTwice
    await queries.upsert_answer(tx, stays, other, same=same)
    space = await queries.space_of_file(tx, other) if same else None
    if space and space.state == "listed":
        await close_space(tx, space.id, closed=True)


async def forget_imports(tx: Transaction) -> None:
    """Forget results that are shown no longer."""
    await queries.forget_imports(tx, tx.now - SHOWN_FOR)
