import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import DBAPIError

from chassis.clock import PARIS
from chassis.db import Database, Transaction, constraint, sqlstate
from contracts.booking import SessionFilled
from contracts.ids import MediatorId, SessionId, uuid7
from services.catalogue import consumers, queries, usecases
from services.catalogue.model import (
    Label,
    LabelForm,
    Mediator,
    MediatorForm,
    MediatorTaken,
    Parts,
    RoomTaken,
    Session,
    SessionForm,
    Space,
    Training,
    Written,
)
from services.catalogue.model.refusals import (
    CapacityBelowTaken,
    LabelNotValid,
    LabelsOverlap,
    MediatorNotInPost,
    MoreThanTheSeats,
    SessionOver,
    SoldAsAnother,
)
from tests.catalogue.conftest import NEXT_WEEK, TODAY


async def put_on(database: Database, form: SessionForm, **more: object) -> object:
    changed = form.model_copy(update=more)
    return await database.transact(lambda tx: usecases.put_on_session(tx, changed))


async def said(database: Database) -> list[str]:
    async with database.reading() as reading:
        return [row[0]["ce_type"] for row in await reading.execute(text("SELECT headers FROM outbox ORDER BY id"))]


async def told(database: Database, kind: str) -> list[dict[str, Any]]:
    """What the events of this type say, in their order."""
    query = text("SELECT body FROM outbox WHERE headers->>'ce_type' = :kind ORDER BY id")
    async with database.reading() as reading:
        return [json.loads(body) for body in await reading.scalars(query, {"kind": kind})]


async def test_rule_10_a_session_is_put_on_and_said(database: Database, form: SessionForm) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form))
    assert session.ends_at - session.starts_at == timedelta(hours=session.training.hours)
    assert (await said(database))[-1] == "session.scheduled.v1"


async def test_rule_10_only_in_a_labelled_space_on_its_day(database: Database, form: SessionForm) -> None:
    with pytest.raises(LabelNotValid):
        await put_on(database, form, starts_at=NEXT_WEEK + timedelta(days=400))


async def test_rule_10_capacity_at_most_the_seats(database: Database, form: SessionForm) -> None:
    with pytest.raises(MoreThanTheSeats, match="12 places"):
        await put_on(database, form, capacity=13)


async def test_rule_10_only_by_a_mediator_in_post(database: Database, form: SessionForm) -> None:
    left = MediatorForm(name="Démo Karim", left_on=NEXT_WEEK.date())
    await database.transact(lambda tx: usecases.keep_mediator(tx, form.mediator_id, left))
    with pytest.raises(MediatorNotInPost):
        await put_on(database, form)
    await put_on(database, form, starts_at=NEXT_WEEK - timedelta(days=1))


async def test_rule_10_not_in_the_past(database: Database, form: SessionForm) -> None:
    with pytest.raises(SessionOver):
        await put_on(database, form, starts_at=NEXT_WEEK - timedelta(days=8))


async def test_rule_10_a_room_and_a_mediator_are_never_double_booked(database: Database, form: SessionForm) -> None:
    other = MediatorId(uuid7())
    await database.transact(lambda tx: usecases.keep_mediator(tx, other, MediatorForm(name="Démo Lucie")))
    rooms = Written({}, ["salle 1", "salle 2"])
    await database.transact(lambda tx: usecases.correct_space(tx, form.space_id, rooms))
    form.room = "salle 1"
    await put_on(database, form)
    with pytest.raises(MediatorTaken):
        await put_on(database, form, room="salle 2", starts_at=NEXT_WEEK + timedelta(minutes=30))
    with pytest.raises(RoomTaken):
        await put_on(database, form, mediator_id=other)
    await put_on(database, form, mediator_id=other, room="salle 2")
    await put_on(database, form, starts_at=NEXT_WEEK + timedelta(hours=1))


async def test_rule_10_of_twenty_at_once_one_is_put_on(database: Database, form: SessionForm) -> None:
    tries = await asyncio.gather(*(put_on(database, form) for _ in range(20)), return_exceptions=True)
    assert len([one for one in tries if not isinstance(one, Exception)]) == 1
    assert {type(one) for one in tries if isinstance(one, Exception)} <= {RoomTaken, MediatorTaken}


@pytest.mark.parametrize("table", ["trainings", "mediators", "spaces"])
async def test_rule_10_what_a_session_is_put_together_from_stays_as_it_is_meanwhile(
    database: Database, form: SessionForm, table: str
) -> None:
    """Nobody withdraws the training, lets the mediator leave or ends the label between the check and the commit."""

    async def put_on_and_look(tx: Transaction) -> None:
        await usecases.put_on_session(tx, form)
        change = f"SELECT id FROM {table} WHERE id = ANY (:ids) FOR NO KEY UPDATE NOWAIT"  # noqa: S608 - ours
        ids = [form.training_id, form.mediator_id, form.space_id]
        with pytest.raises(DBAPIError) as refused:
            await database.transact(lambda other: other.execute(text(change), {"ids": ids}))
        assert sqlstate(refused.value) == "55P03"

    await database.transact(put_on_and_look)


async def test_without_the_constraints_twins_are_double_booked(database: Database, form: SessionForm) -> None:
    """The control: the rule is held by the database, and by nothing else that is so quick."""
    for name in ("ex_room", "ex_mediator"):
        await _sql(database, f"ALTER TABLE sessions DROP CONSTRAINT {name}")
    tries = await asyncio.gather(*(put_on(database, form) for _ in range(20)), return_exceptions=True)
    assert len([one for one in tries if not isinstance(one, Exception)]) > 1


@pytest.mark.parametrize(
    ("attack", "held_by"),
    [
        ("UPDATE sessions SET labelled_on = daterange('2040-01-01', '2040-01-02')", "fk_sessions_label"),
        ("UPDATE sessions SET capacity = 0", "ck_sessions_capacity"),
        ("UPDATE sessions SET taken = capacity + 1", "ck_sessions_capacity"),
        (
            "UPDATE sessions SET during = tstzrange(lower(during), upper(during) + '1 minute')",
            "ck_sessions_whole_hours",
        ),
        ("UPDATE labels SET valid = daterange(lower(valid), lower(valid) + 1)", "fk_sessions_label"),
        ("UPDATE trainings SET hours = 5", "ck_trainings_hours"),
    ],
)
async def test_rules_10_to_13_hold_in_sql_alone(
    database: Database, form: SessionForm, attack: str, held_by: str
) -> None:
    await put_on(database, form)
    with pytest.raises(DBAPIError) as refused:
        await _sql(database, attack)
    assert constraint(refused.value) == held_by


async def test_rule_11_labels_of_one_space_never_overlap(database: Database, form: SessionForm) -> None:
    again = LabelForm(first_day=TODAY + timedelta(days=300), seats=12)
    with pytest.raises(LabelsOverlap):
        await database.transact(lambda tx: usecases.label_space(tx, form.space_id, again))
    after = LabelForm(first_day=TODAY + timedelta(days=366), seats=12)
    await database.transact(lambda tx: usecases.label_space(tx, form.space_id, after))


@pytest.mark.usefixtures("form")
async def test_rule_11_an_end_is_announced_once_60_days_ahead_and_once_after(database: Database) -> None:
    for days in (300, 306, 307, 364, 366, 367):
        await database.transact(lambda tx, days=days: _look_in(tx, days))  # type: ignore[misc]
    assert [one for one in await said(database) if one.startswith("label.")] == ["label.ending.v1", "label.ended.v1"]


async def test_rule_13_a_change_is_said_with_what_changed(database: Database, form: SessionForm) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form))
    later = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=3)})
    changed = await database.transact(lambda tx: usecases.change_session(tx, session.id, later, "salle prise"))
    same = await database.transact(lambda tx: usecases.change_session(tx, session.id, later, ""))
    assert changed.starts_at == same.starts_at == later.starts_at
    assert changed.version == same.version == 2
    assert (await said(database)).count("session.changed.v1") == 1


async def test_rule_13_capacity_goes_down_to_the_seats_taken_and_no_further(
    database: Database, form: SessionForm
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form))
    filled = SessionFilled(session_id=session.id, version=1, taken=3, offered=0, waiting=0)
    stale = SessionFilled(session_id=session.id, version=0, taken=1, offered=0, waiting=0)
    await database.transact(lambda tx: consumers.on_booking(tx, [filled, stale]))
    lower = form.model_copy(update={"capacity": 2})
    with pytest.raises(CapacityBelowTaken, match="3 personnes"):
        await database.transact(lambda tx: usecases.change_session(tx, session.id, lower, ""))
    lower = form.model_copy(update={"capacity": 3})
    assert (await database.transact(lambda tx: usecases.change_session(tx, session.id, lower, ""))).capacity == 3


async def test_a_cancelled_session_is_said_once_and_its_room_is_free_again(
    database: Database, form: SessionForm
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form))
    for _ in range(2):
        await database.transact(lambda tx: usecases.cancel_session(tx, session.id, "animateur malade"))
    assert (await said(database)).count("session.cancelled.v1") == 1
    await put_on(database, form)


async def test_rules_10_and_13_a_session_with_people_never_becomes_another_training(
    database: Database, form: SessionForm
) -> None:
    async with database.reading() as reading:
        other = (await queries.training_by_code(reading, "MAIL-02")).id
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form))
    swapped = form.model_copy(update={"training_id": other})
    for version, (taken, waiting) in enumerate([(1, 0), (0, 1)], start=1):
        filled = SessionFilled(session_id=session.id, version=version, taken=taken, offered=0, waiting=waiting)
        await database.transact(lambda tx, filled=filled: consumers.on_booking(tx, [filled]))  # type: ignore[misc]
        with pytest.raises(SoldAsAnother, match="proposez une autre séance"):
            await database.transact(lambda tx: usecases.change_session(tx, session.id, swapped, ""))
    nobody = SessionFilled(session_id=session.id, version=3, taken=0, offered=0, waiting=0)
    await database.transact(lambda tx: consumers.on_booking(tx, [nobody]))
    changed = await database.transact(lambda tx: usecases.change_session(tx, session.id, swapped, ""))
    assert changed.training_id == other


async def test_rule_10_a_capacity_that_is_not_raised_passes_where_seats_were_lost(
    database: Database, form: SessionForm
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form))
    await database.transact(lambda tx: usecases.correct_space(tx, form.space_id, Written({}, [], 5)))
    later = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=3)})
    moved = await database.transact(lambda tx: usecases.change_session(tx, session.id, later, "salle prise"))
    assert moved.capacity == 8
    raised = later.model_copy(update={"capacity": 9})
    with pytest.raises(MoreThanTheSeats):
        await database.transact(lambda tx: usecases.change_session(tx, session.id, raised, ""))


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        ("2026-10-25T01:30", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # 02:30 on the wall, the second time
        ("2026-03-29T01:30", datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),  # 04:30 on the wall
    ],
)
def test_rule_10_two_hours_are_two_hours_in_the_nights_when_the_clocks_change(
    form_of_night: dict[str, object], starts_at: str, ends_at: datetime
) -> None:
    form = SessionForm.model_validate(form_of_night | {"starts_at": starts_at})
    session = Session.put_on(SessionId(uuid7()), form, two_hours(), datetime(2026, 1, 1, tzinfo=UTC))
    assert session.ends_at == ends_at
    assert session.ends_at.astimezone(UTC) - session.starts_at.astimezone(UTC) == timedelta(hours=2)


def two_hours() -> Parts:
    """A training of two hours, in a space that is always labelled."""
    label = Label(valid=Range(TODAY.replace(year=2020), None), warned=False, ended=False)
    space = Space(state="listed", seats=8, rooms=[], labels=[label])
    return Parts(Training(state="published", hours=2, version=1), space, Mediator(left_on=None))


def test_an_hour_that_spring_takes_away_is_refused(form_of_night: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="cette heure n'existe pas"):
        SessionForm.model_validate(form_of_night | {"starts_at": "2027-03-28T02:30"})
    kept = SessionForm.model_validate(form_of_night | {"starts_at": "2027-03-28T03:30"})
    assert kept.starts_at == datetime(2027, 3, 28, 3, 30, tzinfo=PARIS)


@pytest.fixture
def form_of_night() -> dict[str, object]:
    return {name: str(uuid7()) for name in ("training_id", "space_id", "mediator_id")} | {"capacity": 8}


async def _look_in(tx: Transaction, days: int) -> None:
    tx.now += timedelta(days=days)
    await usecases.look_at_labels(tx, warns=timedelta(days=60))


async def _sql(database: Database, statement: str) -> None:
    async def run(tx: Transaction) -> None:
        await tx.execute(text(statement))

    await database.transact(run)
