"""Two who put on many sessions in the same places, each in an order of his own, do not wait for each other."""

import asyncio
from datetime import timedelta
from functools import partial

from chassis.clock import PARIS
from chassis.db import Database
from contracts.ids import MediatorId, SpaceId, uuid7
from services.catalogue import usecases
from services.catalogue.model import LabelForm, MediatorForm, SessionForm, WeekForm
from services.catalogue.model.holidays import bank_holiday
from services.catalogue.standards import places_to_csv, read_places
from tests.catalogue.conftest import NEXT_WEEK, OFFICE, TODAY, place, space_ids
from tests.catalogue.planning import put_on
from tests.interleaving import Counted, begun, held


async def labelled(database: Database, count: int) -> list[SpaceId]:
    names = [f"drome-{number}" for number in range(3, 3 + count)]
    reading = read_places(places_to_csv([place(name) for name in names]).encode())
    await database.transact(lambda tx: usecases.import_places(tx, reading, trial=False))
    known = await space_ids(database)
    label = LabelForm(first_day=TODAY, last_day=TODAY + timedelta(days=365), seats=12)
    for name in names:
        await database.transact(partial(usecases.label_space, space_id=known[name], form=label))
    return [known[name] for name in names]


async def day_of(database: Database, form: SessionForm, *spaces: SpaceId) -> MediatorId:
    """A mediator who goes from one place to the next, every four hours from eight on."""
    mediator = MediatorId(uuid7())
    await database.transact(lambda tx: usecases.upsert_mediator(tx, mediator, MediatorForm(name="Démo Lucie")))
    eight = NEXT_WEEK.astimezone(PARIS).replace(hour=8)
    for number, space in enumerate(spaces):
        here = {"mediator_id": mediator, "space_id": space, "starts_at": eight + timedelta(hours=4 * number)}
        await put_on(database, form, **here)
    return mediator


async def test_core_14_two_weeks_copied_through_the_same_places_do_not_wait_for_each_other(
    database: Database, form: SessionForm
) -> None:
    first, other, gate, second_gate = await labelled(database, 4)
    there = await day_of(database, form, first, gate, other)
    back = await day_of(database, form, other, second_gate, first)
    day = NEXT_WEEK.astimezone(PARIS).date()
    monday = day - timedelta(days=day.weekday())
    later = next(weeks for weeks in range(3, 9) if not bank_holiday(day + timedelta(weeks=weeks)))
    week = WeekForm(week=monday, to_week=monday + timedelta(weeks=later))
    copies = [Counted(partial(usecases.copy_week, form=week, by=OFFICE, mediator_id=who)) for who in (there, back)]
    async with held(database, "spaces", [gate, second_gate]):
        tasks = [await begun(database, database.transact(copy), number) for number, copy in enumerate(copies, 1)]
    made = await asyncio.gather(*tasks)
    assert [copy.begun for copy in copies] == [1, 1], "a deadlock: one of them had to begin again"
    assert [len(series.session_ids) for series in made if hasattr(series, "session_ids")] == [3, 3]
