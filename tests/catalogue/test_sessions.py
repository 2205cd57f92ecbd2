"""A session is put on where and by whom it may be, and nothing is double-booked. Rules 10 to 13."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.db import Database, Transaction, constraint, sqlstate
from contracts.ids import MediatorId, uuid7
from services.catalogue import usecases
from services.catalogue.model import MediatorForm, MediatorTaken, RoomTaken, SessionForm, SpaceDetails
from services.catalogue.model.refusals import LabelNotValid, MediatorNotInPost, MoreThanTheSeats, SessionOver
from tests.catalogue.conftest import NEXT_WEEK, OFFICE
from tests.catalogue.planning import published_types, put_on


async def test_rule_10_a_session_is_put_on_and_said(database: Database, form: SessionForm) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    assert session.ends_at - session.starts_at == timedelta(hours=session.training.hours)
    assert (await published_types(database))[-1] == "session.scheduled.v1"


async def test_rule_10_only_in_a_labelled_space_on_its_day(database: Database, form: SessionForm) -> None:
    with pytest.raises(LabelNotValid):
        await put_on(database, form, starts_at=NEXT_WEEK + timedelta(days=400))


async def test_rule_10_capacity_at_most_the_seats(database: Database, form: SessionForm) -> None:
    with pytest.raises(MoreThanTheSeats, match="12 places"):
        await put_on(database, form, capacity=13)


async def test_rule_10_only_by_a_mediator_in_post(database: Database, form: SessionForm) -> None:
    left = MediatorForm(name="Démo Karim", left_on=NEXT_WEEK.date())
    await database.transact(lambda tx: usecases.upsert_mediator(tx, form.mediator_id, left))
    with pytest.raises(MediatorNotInPost):
        await put_on(database, form)
    await put_on(database, form, starts_at=NEXT_WEEK - timedelta(days=1))


async def test_rule_10_not_in_the_past(database: Database, form: SessionForm) -> None:
    with pytest.raises(SessionOver):
        await put_on(database, form, starts_at=NEXT_WEEK - timedelta(days=8))


async def test_rule_10_a_room_and_a_mediator_are_never_double_booked(database: Database, form: SessionForm) -> None:
    other = MediatorId(uuid7())
    await database.transact(lambda tx: usecases.upsert_mediator(tx, other, MediatorForm(name="Démo Lucie")))
    rooms = SpaceDetails({}, ["salle 1", "salle 2"])
    await database.transact(lambda tx: usecases.correct_space(tx, form.space_id, rooms))
    form.room = "salle 1"
    await put_on(database, form)
    with pytest.raises(MediatorTaken):
        await put_on(database, form, room="salle 2", starts_at=NEXT_WEEK + timedelta(minutes=30))
    with pytest.raises(RoomTaken):
        await put_on(database, form, mediator_id=other)
    await put_on(database, form, mediator_id=other, room="salle 2")
    await put_on(database, form, starts_at=NEXT_WEEK + timedelta(hours=1))


@pytest.mark.usefixtures("patient")
async def test_rule_10_of_twenty_at_once_one_is_put_on(database: Database, form: SessionForm) -> None:
    tries = await asyncio.gather(*(put_on(database, form) for _ in range(20)), return_exceptions=True)
    assert len([result for result in tries if not isinstance(result, Exception)]) == 1
    assert {type(result) for result in tries if isinstance(result, Exception)} <= {RoomTaken, MediatorTaken}


@pytest.mark.parametrize("table", ["trainings", "mediators", "spaces"])
async def test_rule_10_what_a_session_is_put_together_from_stays_as_it_is_meanwhile(
    database: Database, form: SessionForm, table: str
) -> None:
    """Nobody withdraws the training, lets the mediator leave or ends the label between the check and the commit."""

    async def put_on_and_look(tx: Transaction) -> None:
        await usecases.put_on_session(tx, form, OFFICE)
        change = f"SELECT id FROM {table} WHERE id = ANY (:ids) FOR NO KEY UPDATE NOWAIT"  # noqa: S608 - ours
        ids = [form.training_id, form.mediator_id, form.space_id]
        with pytest.raises(DBAPIError) as refused:
            await database.transact(lambda other: other.execute(text(change), {"ids": ids}))
        assert sqlstate(refused.value) == "55P03"

    await database.transact(put_on_and_look)


@pytest.mark.usefixtures("patient")
async def test_without_the_constraints_twins_are_double_booked(database: Database, form: SessionForm) -> None:
    """The control: the rule is held by the database, and by nothing else that is so quick."""
    for name in ("ex_room", "ex_mediator"):
        await _sql(database, f"ALTER TABLE sessions DROP CONSTRAINT {name}")
    tries = await asyncio.gather(*(put_on(database, form) for _ in range(20)), return_exceptions=True)
    assert len([result for result in tries if not isinstance(result, Exception)]) > 1


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


async def _sql(database: Database, statement: str) -> None:
    async def run(tx: Transaction) -> None:
        await tx.execute(text(statement))

    await database.transact(run)
