"""Spaces with their labels: by name, by file, near a commune, with a label that ends."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Double, Select, exists, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased, selectinload

from chassis.db import Reading, Transaction, any_of
from chassis.plain import plain
from chassis.turns import in_turns, read_in_turns
from contracts.ids import SpaceId
from county.communes import Commune, distance_km
from services.catalogue.model import Label, Space
from services.catalogue.model.refusals import NoSuchSpace
from services.catalogue.standards import ComparedPlace

FAR = 1000.0  # kilometres: farther than any place whose position is known
WITH_LABELS = selectinload(Space.labels)
BY_NAME = select(Space).options(WITH_LABELS).order_by(Space.name, Space.id)


async def spaces(reading: Reading, *, labelled_from: date | None = None) -> Sequence[Space]:
    """List the open ones by name. `labelled_from`: with a label on that day or on a later one."""
    query = select(Space).where(Space.state == "listed").options(WITH_LABELS).order_by(Space.name, Space.id)
    if labelled_from:
        lasts = func.upper_inf(Label.valid) | (func.upper(Label.valid) > labelled_from)
        query = query.where(exists().where(Label.space_id == Space.id, lasts))
    return await read_in_turns(reading, query)


class SpaceSummary(NamedTuple):
    """A space in few words. `km`: from where it was looked for; None when nobody knows."""

    id: SpaceId
    name: str
    commune: str
    km: float | None


async def named_spaces(reading: Reading, text: str = "", near: Commune | None = None) -> Sequence[SpaceSummary]:
    """List all in few words, by name or the nearest first; `text` is words of the name or the commune."""
    commune = func.coalesce(Space.corrections["commune"].astext, Space.place["commune"].astext)
    query = select(Space.id, Space.name, commune, Space.latitude, Space.longitude).where(Space.state == "listed")
    words, spaces = plain(text).split(), []
    async for id_, name, place, *position in in_turns(await reading.execute(query.order_by(Space.name, Space.id))):
        if _says(f"{name} {place}", words):
            spaces.append(SpaceSummary(id_, name, place, _km(near, *position)))
    return sorted(spaces, key=lambda space: FAR if space.km is None else space.km) if near else spaces


def _says(text: str, words: Sequence[str]) -> bool:
    known = plain(text) if words else ""
    return all(word in known for word in words)


def _km(near: Commune | None, north: float | None, east: float | None) -> float | None:
    return None if near is None or north is None or east is None else distance_km(near, (north, east))


async def spaces_by_id(reading: Reading, ids: Sequence[SpaceId]) -> Sequence[Space]:
    """Load these, in that order."""
    spaces = await read_in_turns(reading, select(Space).where(any_of(Space.id, ids)).options(WITH_LABELS))
    return sorted(spaces, key=lambda space: ids.index(space.id))


async def names_of_spaces(reading: Reading) -> dict[SpaceId, str]:
    """Name all spaces, the closed ones too."""
    return {row.id: row.name for row in await reading.execute(select(Space.id, Space.name))}


async def all_spaces(reading: Reading) -> Sequence[Space]:
    """List the closed too, by name."""
    return await read_in_turns(reading, BY_NAME)


async def lock_all_spaces(tx: Transaction) -> None:
    """Lock them in the order of their ids: whoever reads one afterwards reads it as it is."""
    locked = select(Space.id).order_by(Space.id).with_for_update().subquery()
    await tx.execute(select(func.count()).select_from(locked))


async def spaces_by_source_id(reading: Reading, source_ids: Sequence[str]) -> Mapping[str, Space]:
    """Map those that came from files under these ids."""
    spaces = await reading.scalars(select(Space).where(any_of(Space.source_id, source_ids)).options(WITH_LABELS))
    return {space.source_id: space for space in spaces}


async def source_ids_of_list(reading: Reading, list_name: str) -> Sequence[str]:
    query = select(Space.source_id).where(Space.list_name == list_name).order_by(Space.name, Space.id)
    return (await reading.scalars(query)).all()


async def compared_places(reading: Reading) -> Sequence[ComparedPlace]:
    """List of all spaces, the closed too, by name, what tells whether two places may be the same."""
    place = Space.place.op("||", return_type=JSONB)(Space.corrections)
    words = [place[name].astext for name in ("nom", "commune", "pivot")]
    position = [place[name].astext.cast(Double) for name in ("latitude", "longitude")]
    rows = await reading.execute(select(Space.source_id, *words, *position).order_by(Space.name, Space.id))
    return [ComparedPlace(*row) async for row in in_turns(rows)]


async def space(reading: Reading, space_id: SpaceId) -> Space:
    """Raises NoSuchSpace."""
    return await _only(reading, select(Space).where(Space.id == space_id))


async def space_for_update(tx: Transaction, space_id: SpaceId) -> Space:
    """Raises NoSuchSpace."""
    query = select(Space).where(Space.id == space_id).with_for_update()
    return await _only(tx, query.execution_options(populate_existing=True))


async def _only(reading: Reading, query: Select[Space]) -> Space:
    space = (await reading.scalars(query.options(WITH_LABELS))).one_or_none()
    if space is None:
        raise NoSuchSpace
    return space


async def space_of_file(reading: Reading, source_id: str) -> Space | None:
    """Find a space by its id in the file that it came from."""
    return (await reading.scalars(select(Space).where(Space.source_id == source_id))).one_or_none()


async def spaces_near(reading: Reading, commune: Commune, km: float) -> Mapping[SpaceId, float]:
    """Measure kilometres as the crow flies, by space; a place without a position is where its commune is."""
    query = select(Space.id, Space.latitude, Space.longitude).where(Space.state == "listed")
    distances = {
        space_id: distance_km(commune, (north, east))
        for space_id, north, east in await reading.execute(query)
        if north is not None and east is not None
    }
    return {space_id: away for space_id, away in distances.items() if away <= km}


async def spaces_with_ending_labels(reading: Reading) -> Sequence[SpaceId]:
    """List the spaces of whose label an end is still to be published."""
    return (await reading.scalars(select(Label.space_id).where(*_ends()).distinct())).all()


async def ending_labels_for_update(tx: Transaction, spaces: Collection[SpaceId]) -> Sequence[Label]:
    """Lock the labels of these spaces whose end is still to be published."""
    query = select(Label).where(*_ends(), any_of(Label.space_id, spaces))
    return (await tx.scalars(query.order_by(Label.space_id, Label.valid).with_for_update())).all()


def _ends() -> tuple[ColumnElement[bool], ...]:
    """One that another follows without a day between does not end."""
    after = aliased(Label)
    follows = exists().where(after.space_id == Label.space_id, func.lower(after.valid) == func.upper(Label.valid))
    return ~func.upper_inf(Label.valid), Label.ended.is_(False), ~follows
