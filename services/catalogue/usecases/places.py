"""Places come from files in the national standard, and are labelled here. Rules 10 and 11."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import IntegrityError

from chassis.db import Transaction, constraint
from chassis.outbox import say
from contracts.catalogue import SpaceChanged, SpaceListed
from contracts.event import Event
from contracts.ids import SpaceId, uuid7
from services.catalogue import queries
from services.catalogue.model import LabelForm, LabelsOverlap, Space
from services.catalogue.standards import Place, Reading, Remark, kept

Outcome = Literal["created", "changed", "unchanged", "refused"]


@dataclass(frozen=True)
class Line:
    """What became, or would become, of one place of the file."""

    source_id: str
    name: str
    outcome: Outcome


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
        return {outcome: counted[outcome] for outcome in ("created", "changed", "unchanged")} | {
            "refused": len({remark.line for remark in self.remarks if remark.severity == "refused"})
        }


async def import_places(tx: Transaction, reading: Reading, *, trial: bool) -> Imported:
    """Create and change what differs; a trial only tells what would be done."""
    places = kept(reading.places)
    known = await queries.spaces_by_source(tx, [*places])
    lines: list[Line] = []
    said: list[Event] = []
    for place in places.values():
        outcome, told = _kept(tx, known.get(place.id), place, trial=trial)
        lines.append(Line(place.id, place.nom, outcome))
        said += told
    say(tx, *said)
    return Imported(reading.standard, reading.records, lines, reading.remarks)


def _kept(tx: Transaction, space: Space | None, place: Place, *, trial: bool) -> tuple[Outcome, list[Event]]:
    if space is None:
        if trial:
            return "created", []
        space = Space.listed(SpaceId(uuid7()), place)
        tx.add(space)
        return "created", [space.stated(SpaceListed)]
    if place == space.standard:
        return "unchanged", []
    if trial:
        return "changed", []
    space.rewrite(place)
    return "changed", [space.stated(SpaceChanged)]


async def label_space(tx: Transaction, space_id: SpaceId, form: LabelForm) -> Space:
    """From its first day on the space may host sessions. Raises LabelsOverlap."""
    space = await queries.space(tx, space_id, locked=True)
    space.label_from(form)
    try:
        await tx.flush()
    except IntegrityError as error:
        if constraint(error) == "pk_labels":
            raise LabelsOverlap from error
        raise
    say(tx, space.stated(SpaceChanged))
    return space
