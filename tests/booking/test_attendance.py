"""Rule 17: who was there, what an absence costs, and what a person may mend."""

import pytest

from chassis.db import Database
from services.booking import usecases
from services.booking.model import AlreadyMarked, NotEnoughVouchers, NotStarted, ReasonMissing
from services.booking.model.refusals import NothingToGiveBack
from tests.booking.answers import published, use, wallet
from tests.booking.conftest import (
    BY,
    at,
    booked,
    mark,
    new_person,
)
from tests.booking.events import TOMORROW
from tests.booking.on_paper import POLICY


async def test_rule_17_attended_spends_the_first_absence_does_not_the_second_does_and_raises_a_flag(
    database: Database,
) -> None:
    person, uses = await new_person(database), []
    for number, attended in enumerate((True, False, False, False)):
        booking = await booked(database, person, number)
        await mark(database, booking, attended=attended)
        uses.append(await use(database, person))
    assert uses == [(4, 0, 1), (4, 0, 1), (3, 0, 2), (2, 0, 3)]
    after = await wallet(database, person)
    assert (after.hours_followed, after.first_hour_on) == (1, TOMORROW.date())
    assert await published(database, "person.flagged") == ["person.flagged"]
    assert await published(database, "booking.cancelled") == []


async def test_rule_17_once_someone_has_called_a_new_absence_raises_a_new_flag(database: Database) -> None:
    person = await new_person(database)
    for number in range(2):
        await mark(database, await booked(database, person, number), attended=False)
    await database.transact(lambda tx: usecases.settle_flag(tx, person, by="Démo Karim"))
    await mark(database, await booked(database, person, 3), attended=False)
    assert len(await published(database, "person.flagged")) == 2


async def test_rule_17_attendance_is_marked_once_the_session_has_begun(database: Database) -> None:
    booking = await booked(database, await new_person(database))
    seen = usecases.Mark(attended=True, by=BY)
    with pytest.raises(NotStarted):
        await at(database, lambda tx: usecases.mark(tx, booking.id, seen, policy=POLICY))
    await mark(database, booking, attended=True)
    with pytest.raises(AlreadyMarked):
        await mark(database, booking, attended=True, reason="encore une fois")


async def test_rule_17_a_mistake_is_mended_with_a_reason_and_the_hours_follow(database: Database) -> None:
    person = await new_person(database)
    early, late = await booked(database, person, 0), await booked(database, person, 10, hours=2)
    await mark(database, early, attended=True)
    await mark(database, late, attended=True)
    with pytest.raises(ReasonMissing):
        await mark(database, late, attended=False)
    await mark(database, late, attended=False, reason="confondue avec une autre personne")
    after = await wallet(database, person)
    assert (after.hours_followed, after.last_hour_on, after.absences) == (1, early.day, 1)
    assert await use(database, person) == (4, 0, 1)
    await mark(database, late, attended=True, reason="elle était bien là")
    after = await wallet(database, person)
    assert (after.hours_followed, after.last_hour_on, after.absences) == (3, late.day, 0)
    assert await use(database, person) == (2, 0, 3)


async def test_rule_17_an_absence_that_was_spent_elsewhere_meanwhile_can_not_become_an_hour(database: Database) -> None:
    person = await new_person(database)
    missed = await booked(database, person)
    await mark(database, missed, attended=False)
    for number in range(1, 6):
        await booked(database, person, number)
    with pytest.raises(NotEnoughVouchers):
        await mark(database, missed, attended=True, reason="elle était là")


async def test_rule_17_a_person_overrules_what_an_absence_cost(database: Database) -> None:
    person = await new_person(database)
    for number in range(2):
        last = await booked(database, person, number)
        await mark(database, last, attended=False)
    give = usecases.give_back
    with pytest.raises(ReasonMissing):
        await database.transact(lambda tx: give(tx, last.id, by=BY, reason=" "))
    await database.transact(lambda tx: give(tx, last.id, by=BY, reason="hospitalisée"))
    assert await use(database, person) == (5, 0, 0)
    with pytest.raises(NothingToGiveBack):
        await database.transact(lambda tx: give(tx, last.id, by=BY, reason="encore"))
