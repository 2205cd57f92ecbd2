"""A session is changed or cancelled: it is said, with its reason, and nobody loses a seat. Rules 10 and 13."""

from datetime import timedelta

import pytest

from chassis.db import Database
from contracts.booking import SessionFilled
from services.catalogue import consumers, queries, usecases
from services.catalogue.model import SessionForm, SpaceDetails
from services.catalogue.model.refusals import CapacityBelowTaken, MoreThanTheSeats, ReasonNeeded, SoldAsAnother
from tests.catalogue.conftest import NEXT_WEEK, OFFICE
from tests.catalogue.planning import published_types, put_on


async def test_rule_13_a_change_is_said_with_what_changed(database: Database, form: SessionForm) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    later = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=3)})
    changed = await database.transact(lambda tx: usecases.change_session(tx, session.id, later, "salle prise", OFFICE))
    same = await database.transact(lambda tx: usecases.change_session(tx, session.id, later, "", OFFICE))
    assert changed.starts_at == same.starts_at == later.starts_at
    assert changed.version == same.version == 2
    assert (await published_types(database)).count("session.changed.v1") == 1


async def test_rule_13_capacity_goes_down_to_the_seats_taken_and_no_further(
    database: Database, form: SessionForm
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    filled = SessionFilled(session_id=session.id, version=1, taken=3, offered=0, waiting=0)
    stale = SessionFilled(session_id=session.id, version=0, taken=1, offered=0, waiting=0)
    await database.transact(lambda tx: consumers.on_booking(tx, [filled, stale]))
    lower = form.model_copy(update={"capacity": 2})
    with pytest.raises(CapacityBelowTaken, match="3 personnes"):
        await database.transact(lambda tx: usecases.change_session(tx, session.id, lower, "", OFFICE))
    lower = form.model_copy(update={"capacity": 3})
    changed = await database.transact(lambda tx: usecases.change_session(tx, session.id, lower, "", OFFICE))
    assert changed.capacity == 3


async def test_a_cancelled_session_is_said_once_and_its_room_is_free_again(
    database: Database, form: SessionForm
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    for _ in range(2):
        await database.transact(lambda tx: usecases.cancel_session(tx, session.id, "animateur malade", OFFICE))
    assert (await published_types(database)).count("session.cancelled.v1") == 1
    await put_on(database, form)


async def test_rules_10_and_13_a_session_with_people_never_becomes_another_training(
    database: Database, form: SessionForm
) -> None:
    async with database.reading() as reading:
        other = (await queries.training_by_code(reading, "MAIL-02")).id
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    swapped = form.model_copy(update={"training_id": other})
    for version, (taken, waiting) in enumerate([(1, 0), (0, 1)], start=1):
        filled = SessionFilled(session_id=session.id, version=version, taken=taken, offered=0, waiting=waiting)
        await database.transact(lambda tx, filled=filled: consumers.on_booking(tx, [filled]))  # type: ignore[misc]
        with pytest.raises(SoldAsAnother, match="proposez une autre séance"):
            await database.transact(lambda tx: usecases.change_session(tx, session.id, swapped, "", OFFICE))
    nobody = SessionFilled(session_id=session.id, version=3, taken=0, offered=0, waiting=0)
    await database.transact(lambda tx: consumers.on_booking(tx, [nobody]))
    changed = await database.transact(lambda tx: usecases.change_session(tx, session.id, swapped, "", OFFICE))
    assert changed.training_id == other


async def test_rule_10_a_capacity_that_is_not_raised_passes_where_seats_were_lost(
    database: Database, form: SessionForm
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    await database.transact(lambda tx: usecases.correct_space(tx, form.space_id, SpaceDetails({}, [], 5)))
    later = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=3)})
    moved = await database.transact(lambda tx: usecases.change_session(tx, session.id, later, "salle prise", OFFICE))
    assert moved.capacity == 8
    raised = later.model_copy(update={"capacity": 9})
    with pytest.raises(MoreThanTheSeats):
        await database.transact(lambda tx: usecases.change_session(tx, session.id, raised, "", OFFICE))


async def test_rule_13_another_time_or_place_needs_its_reason(database: Database, form: SessionForm) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    later = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=3)})
    with pytest.raises(ReasonNeeded):
        await database.transact(lambda tx: usecases.change_session(tx, session.id, later, "", OFFICE))
    fewer = form.model_copy(update={"capacity": 5})
    await database.transact(lambda tx: usecases.change_session(tx, session.id, fewer, "", OFFICE))
