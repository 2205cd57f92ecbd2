"""Rule 16: a seat given back before the cut-off or after it, and a session that the organiser cancels or moves."""

from datetime import timedelta

import pytest

from chassis.db import Database
from contracts.catalogue import SessionCancelled
from contracts.words import Actor
from services.booking import queries
from services.booking.consumers import on_catalogue
from services.booking.model import AlreadyMarked, SessionOver
from tests.booking.answers import published, use, wallet
from tests.booking.conftest import (
    BY,
    at,
    book,
    booked,
    cancel,
    deliver,
    mark,
    new_people,
    new_person,
    new_session,
)
from tests.booking.events import TOMORROW, changed
from tests.booking.on_paper import POLICY

RESIDENT = Actor(kind="beneficiary")


@pytest.mark.parametrize("by", [RESIDENT, BY, Actor(kind="prescriber")])
async def test_rule_16_cancelling_before_the_cut_off_gives_the_vouchers_back(database: Database, by: Actor) -> None:
    person = await new_person(database)
    booking = await booked(database, person)
    await cancel(database, booking, by, before=timedelta(hours=4))
    assert await use(database, person) == (5, 0, 0)
    assert (await wallet(database, person)).misses == 0
    with pytest.raises(AlreadyMarked):
        await cancel(database, booking, by)


async def test_rule_16_later_than_the_cut_off_it_is_an_absence_and_the_seat_is_free_all_the_same(
    database: Database,
) -> None:
    person, uses = await new_person(database), []
    for number in range(2):
        booking = await booked(database, person, number)
        await cancel(database, booking, RESIDENT, before=timedelta(hours=3, minutes=59))
        uses.append(await use(database, person))
        async with database.reading() as reading:
            assert (await queries.session(reading, booking.session_id)).taken == 0
    assert uses == [(5, 0, 0), (4, 0, 1)]
    assert (await wallet(database, person)).late_cancellations == 2
    assert await published(database, "person.flagged") == ["person.flagged"]


async def test_rule_16_nobody_cancels_what_has_begun(database: Database) -> None:
    booking = await booked(database, await new_person(database))
    with pytest.raises(SessionOver):
        await cancel(database, booking, before=timedelta(0))


async def test_rule_16_a_session_cancelled_by_the_organiser_gives_everything_back_however_late(
    database: Database,
) -> None:
    session, people = await new_session(database), await new_people(database, 3)
    for person in people:
        await book(database, session, person)
    news = SessionCancelled(session_id=session, version=2, reason="médiateur malade")
    await deliver(database, news, news)
    assert [await use(database, person) for person in people] == [(5, 0, 0)] * 3
    assert [(await wallet(database, person)).misses for person in people] == [0] * 3
    with pytest.raises(SessionOver):
        await book(database, session, people[0])
    assert len(await published(database, "booking.cancelled")) == 3


async def test_rule_16_a_session_cancelled_by_the_organiser_gives_back_a_late_cancellation_too(
    database: Database,
) -> None:
    person = await new_person(database)
    await mark(database, await booked(database, person), attended=False)
    late = await booked(database, person, 1)
    await cancel(database, late, RESIDENT, before=timedelta(hours=1))
    assert (await use(database, person), (await wallet(database, person)).misses) == ((4, 0, 1), 2)
    await deliver(database, SessionCancelled(session_id=late.session_id, version=2, reason="médiateur malade"))
    assert (await use(database, person), (await wallet(database, person)).misses) == ((5, 0, 0), 1)
    assert len(await published(database, "booking.cancelled")) == 1, (
        "they had given the seat back: nothing is published"
    )


@pytest.mark.parametrize(("moved_before", "misses"), [(3, 0), (5, 1)])
async def test_rule_16_a_session_that_the_organiser_moved_too_near_can_be_cancelled_without_an_absence(
    database: Database, moved_before: int, misses: int
) -> None:
    """In hours before its new start; each gives the seat back an hour before."""
    session, person = await new_session(database, starts=TOMORROW + timedelta(days=3)), await new_person(database)
    booking = await book(database, session, person)
    moved, moment = changed(session, 2, "time", starts=TOMORROW), TOMORROW - timedelta(hours=moved_before)
    await at(database, lambda tx: on_catalogue(tx, [moved], policy=POLICY), moment)
    async with database.reading() as reading:
        booking = await queries.booking(reading, booking.id)
    await cancel(database, booking, RESIDENT, before=timedelta(hours=1))
    assert (await wallet(database, person)).misses == misses
