"""Rule 13: who is booked follows a session that changes."""

from datetime import timedelta

import pytest

from chassis.db import Database
from services.booking import queries
from tests.booking.answers import published
from tests.booking.conftest import book, deliver, new_people, new_person, new_session
from tests.booking.events import TOMORROW, changed


@pytest.mark.parametrize(
    ("corrected", "moves"),
    [
        ({"phone": "+33475000000"}, False),
        ({"latitude": 44.7, "longitude": 5.0}, False),
        ({"room": "Salle bleue"}, True),
        ({"address": "12 rue de la Démonstration"}, True),
    ],
    ids=["phone", "position", "room", "address"],
)
async def test_rule_13_who_is_booked_is_told_of_another_door_and_not_of_another_phone(
    database: Database, corrected: dict[str, object], *, moves: bool
) -> None:
    session = await new_session(database)
    await book(database, session, await new_person(database))
    news = changed(session, 2, "place")
    await deliver(database, news.model_copy(update={"place": news.place.model_copy(update=corrected)}))
    assert await published(database, "booking.moved") == ["booking.moved"] * moves
    async with database.reading() as reading:
        place = (await queries.session(reading, session)).where
    assert place.model_dump(include=set(corrected)) == corrected


async def test_rule_13_who_is_booked_follows_a_session_that_moves_twice(database: Database) -> None:
    person = await new_person(database)
    first, second = await new_session(database), await new_session(database, starts=TOMORROW + timedelta(hours=5))
    await book(database, first, person)
    await book(database, second, person)
    later = TOMORROW + timedelta(hours=5)
    newest = changed(first, 3, "time", starts=later)
    await deliver(database, newest, changed(first, 2, "time", starts=TOMORROW + timedelta(hours=1)), newest)
    async with database.reading() as reading:
        starts = {booking.starts_at for booking in (await queries.seats_by_person(reading, {person}))[person]}
    assert starts == {later}
    assert await published(database, "booking.moved") == ["booking.moved"]


@pytest.mark.parametrize(("taken", "capacity", "free"), [(3, 2, 0), (3, 5, 2), (0, 1, 1)])
async def test_rule_13_nobody_loses_a_seat_when_the_capacity_changes(
    database: Database, taken: int, capacity: int, free: int
) -> None:
    session = await new_session(database, capacity=4)
    for person in await new_people(database, taken):
        await book(database, session, person)
    await deliver(database, changed(session, 2, "capacity", capacity=capacity))
    async with database.reading() as reading:
        resized = await queries.session(reading, session)
    assert (resized.free, resized.taken) == (free, taken)
