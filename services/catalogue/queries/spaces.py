"""Spaces with their labels: by name, by file, near a commune, with a label that ends."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased, selectinload

from chassis.communes import Commune, distance_km
from chassis.db import Reading, Transaction
from chassis.plain import plain
from contracts.ids import SpaceId
from services.catalogue.model import Label, Space
from services.catalogue.queries.missing import NoSuchSpace

AT_ONCE = 50  # rows, between which whatever else waits has its turn
WITH_LABELS = selectinload(Space.labels)


async def spaces(reading: Reading, text: str = "", *, labelled_from: date | None = None) -> Sequence[Space]:
    """Listed, by name; `text` is words of the name or the commune. `labelled_from`: on that day or on a later one."""
    query = select(Space).where(Space.state == "listed").options(WITH_LABELS).order_by(Space.name, Space.id)
    found = await _few_at_a_time(reading, query)
    if labelled_from:
        found = [one for one in found if one.labelled_from(labelled_from)]
    words = plain(text).split()
    return [one for one in found if _says(f"{one.name} {one.standard.commune}", words)]


def _says(text: str, words: Sequence[str]) -> bool:
    known = plain(text)
    return all(word in known for word in words)


async def all_spaces(reading: Reading, *, locked: bool = False) -> Sequence[Space]:
    """The closed too, by name. They are locked in the order of ids."""
    if locked:
        await reading.execute(select(Space.id).order_by(Space.id).with_for_update())
    query = select(Space).options(WITH_LABELS).order_by(Space.name, Space.id)
    return await _few_at_a_time(reading, query.execution_options(populate_existing=locked))


async def _few_at_a_time(reading: Reading, query: Select[Space]) -> Sequence[Space]:
    """A place is some forty values to read: all of them at once would hold the event loop."""
    found = await reading.stream_scalars(query.execution_options(yield_per=AT_ONCE))
    return [space async for space in found]


async def space(reading: Reading, space_id: SpaceId, *, locked: bool = False) -> Space:
    query = select(Space).where(Space.id == space_id).options(WITH_LABELS)
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await reading.scalars(query)).one_or_none()
    if found is None:
        raise NoSuchSpace
    return found


async def spaces_near(reading: Reading, commune: Commune, km: float) -> Mapping[SpaceId, float]:
    """Kilometres as the crow flies, by space; a place without a position is where its commune is."""
    query = select(Space.id, Space.latitude, Space.longitude).where(Space.state == "listed")
    found = {
        one: distance_km(commune, (north, east))
        for one, north, east in await reading.execute(query)
        if north is not None and east is not None
    }
    return {one: away for one, away in found.items() if away <= km}


async def labels_with_an_end(tx: Transaction) -> Sequence[Label]:
    """Those of which something may still be to be said; one that another follows without a day between does not end."""
    next_one = aliased(Label)
    follows = exists().where(next_one.space_id == Label.space_id, func.lower(next_one.valid) == func.upper(Label.valid))
    query = select(Label).where(~func.upper_inf(Label.valid), Label.ended.is_(False), ~follows)
    return (await tx.scalars(query.order_by(Label.space_id, Label.valid).with_for_update())).all()
