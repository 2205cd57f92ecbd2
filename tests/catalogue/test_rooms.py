"""Rooms: where a space has several, a session names one, and another room is another place. Rules 10 and 13."""

import pytest

from chassis.db import Database
from contracts.ids import MediatorId, uuid7
from services.catalogue import usecases
from services.catalogue.model import MediatorForm, RoomTaken, SessionForm, SpaceDetails
from services.catalogue.model.refusals import NoSuchRoom, ReasonNeeded
from tests.catalogue.conftest import OFFICE
from tests.catalogue.planning import published

ROOMS = SpaceDetails({}, ["Salle bleue", "Salle verte"])


async def test_rule_10_where_a_space_has_rooms_a_session_names_one(database: Database, form: SessionForm) -> None:
    await database.transact(lambda tx: usecases.correct_space(tx, form.space_id, ROOMS))
    with pytest.raises(NoSuchRoom, match="Salle bleue ou Salle verte"):
        await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    blue = form.model_copy(update={"room": "Salle bleue"})
    session = await database.transact(lambda tx: usecases.put_on_session(tx, blue, OFFICE))
    assert session.scheduled().place.room == "Salle bleue"


async def test_rule_10_where_a_space_has_no_rooms_none_is_named(database: Database, form: SessionForm) -> None:
    named = form.model_copy(update={"room": "Salle bleue"})
    with pytest.raises(NoSuchRoom, match="pas plusieurs salles"):
        await database.transact(lambda tx: usecases.put_on_session(tx, named, OFFICE))


async def test_rule_13_another_room_is_another_place(database: Database, form: SessionForm) -> None:
    await database.transact(lambda tx: usecases.correct_space(tx, form.space_id, ROOMS))
    other = MediatorId(uuid7())
    await database.transact(lambda tx: usecases.upsert_mediator(tx, other, MediatorForm(name="Démo Lucie")))
    blue = form.model_copy(update={"room": "Salle bleue"})
    green = blue.model_copy(update={"room": "Salle verte"})
    session = await database.transact(lambda tx: usecases.put_on_session(tx, blue, OFFICE))
    with pytest.raises(ReasonNeeded):
        await database.transact(lambda tx: usecases.change_session(tx, session.id, green, "", OFFICE))
    await database.transact(lambda tx: usecases.change_session(tx, session.id, green, "salle prise", OFFICE))
    [changed] = await published(database, "session.changed.v1")
    assert (changed["changed"], changed["place"]["room"]) == (["place"], "Salle verte")
    there = blue.model_copy(update={"mediator_id": other})
    twin = await database.transact(lambda tx: usecases.put_on_session(tx, there, OFFICE))
    taken = there.model_copy(update={"room": "Salle verte"})
    with pytest.raises(RoomTaken):
        await database.transact(lambda tx: usecases.change_session(tx, twin.id, taken, "salle prise", OFFICE))
