"""Rules 13, 16 and 17: a seat given back, a session that changes, who was there, and what a person may mend."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from chassis.db import Database, Transaction
from contracts.catalogue import SessionCancelled, SessionChanged
from contracts.ids import BeneficiaryId, MediatorId
from contracts.prescription import BeneficiaryMerged
from contracts.words import Actor
from services.booking import queries, usecases
from services.booking.audit import faults
from services.booking.model import (
    AlreadyMarked,
    Booking,
    NotEnoughVouchers,
    NotStarted,
    ReasonMissing,
    SessionOver,
    Wallet,
)
from services.booking.model.refusals import NothingToGiveBack
from tests.actors import MEDIATOR
from tests.booking.conftest import (
    BY,
    TERMS,
    TOMORROW,
    at,
    book,
    cancel,
    mark,
    new_people,
    new_person,
    new_session,
    posted,
    said,
    scheduled,
    told,
    use,
)

RESIDENT = Actor(kind="beneficiary")


async def wallet(database: Database, person: BeneficiaryId) -> Wallet:
    async with database.reading() as reading:
        return await queries.wallet(reading, person)


async def booked(database: Database, person: BeneficiaryId, number: int = 0, hours: int = 1) -> Booking:
    """Each at a time of its own, the first tomorrow."""
    session = await new_session(database, starts=TOMORROW + timedelta(hours=3 * number), hours=hours)
    return await book(database, session, person)


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
    assert await said(database, "person.flagged") == ["person.flagged"]


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
    await told(database, news, news)
    assert [await use(database, person) for person in people] == [(5, 0, 0)] * 3
    assert [(await wallet(database, person)).misses for person in people] == [0] * 3
    with pytest.raises(SessionOver):
        await book(database, session, people[0])
    assert len(await said(database, "booking.cancelled")) == 3


async def test_rule_16_a_session_cancelled_by_the_organiser_gives_back_a_late_cancellation_too(
    database: Database,
) -> None:
    person = await new_person(database)
    await mark(database, await booked(database, person), attended=False)
    late = await booked(database, person, 1)
    await cancel(database, late, RESIDENT, before=timedelta(hours=1))
    assert (await use(database, person), (await wallet(database, person)).misses) == ((4, 0, 1), 2)
    await told(database, SessionCancelled(session_id=late.session_id, version=2, reason="médiateur malade"))
    assert (await use(database, person), (await wallet(database, person)).misses) == ((5, 0, 0), 1)
    assert len(await said(database, "booking.cancelled")) == 1, "they had given the seat back: nothing more to tell"


async def while_merging(
    database: Database, kept: BeneficiaryId, merged: BeneficiaryId, decide: Callable[[], Awaitable[Booking]]
) -> None:
    """The merge has all its locks when the decision begins, and ends while that waits."""
    locked, news = asyncio.Event(), BeneficiaryMerged(kept_id=kept, merged_id=merged)

    async def merging(tx: Transaction) -> None:
        await usecases.merge(tx, news, terms=TERMS)
        locked.set()
        await asyncio.sleep(0.5)

    merge = asyncio.create_task(database.transact(merging))
    await locked.wait()
    await decide()
    await merge
    async with database.reading() as reading:
        assert [fault async for fault in faults(reading)] == []


async def test_rule_5_a_seat_given_back_during_a_merge_gives_the_kept_record_its_voucher(database: Database) -> None:
    kept, merged = await new_people(database, 2)
    booking = await booked(database, merged)
    await while_merging(database, kept, merged, lambda: cancel(database, booking))
    assert len((await wallet(database, kept)).available) == 10


async def test_rule_5_an_absence_mended_during_a_merge_is_an_hour_of_the_kept_record(database: Database) -> None:
    """The merge does not lock the sessions of what is past."""
    kept, merged = await new_people(database, 2)
    booking = await booked(database, merged)
    await mark(database, booking, attended=False)
    mended = partial(mark, database, booking, attended=True, reason="elle était là")
    await while_merging(database, kept, merged, mended)
    found = await wallet(database, kept)
    assert (len(found.available), found.hours_followed, found.misses) == (9, 1, 0)


async def test_rule_17_attended_spends_the_first_absence_does_not_the_second_does_and_raises_a_flag(
    database: Database,
) -> None:
    person, uses = await new_person(database), []
    for number, attended in enumerate((True, False, False, False)):
        booking = await booked(database, person, number)
        await mark(database, booking, attended=attended)
        uses.append(await use(database, person))
    assert uses == [(4, 0, 1), (4, 0, 1), (3, 0, 2), (2, 0, 3)]
    found = await wallet(database, person)
    assert (found.hours_followed, found.first_hour_on) == (1, TOMORROW.date())
    assert await said(database, "person.flagged") == ["person.flagged"]
    assert await said(database, "booking.cancelled") == []


async def test_rule_17_once_someone_has_called_a_new_absence_raises_a_new_flag(database: Database) -> None:
    person = await new_person(database)
    for number in range(2):
        await mark(database, await booked(database, person, number), attended=False)
    await database.transact(lambda tx: usecases.settle_flag(tx, person, by="Démo Karim"))
    await mark(database, await booked(database, person, 3), attended=False)
    assert len(await said(database, "person.flagged")) == 2


async def test_rule_17_attendance_is_marked_once_the_session_has_begun(database: Database) -> None:
    booking = await booked(database, await new_person(database))
    seen = usecases.Mark(attended=True, by=BY)
    with pytest.raises(NotStarted):
        await at(database, lambda tx: usecases.mark(tx, booking.id, seen, terms=TERMS))
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
    found = await wallet(database, person)
    assert (found.hours_followed, found.last_hour_on, found.absences) == (1, early.day, 1)
    assert await use(database, person) == (4, 0, 1)
    await mark(database, late, attended=True, reason="elle était bien là")
    found = await wallet(database, person)
    assert (found.hours_followed, found.last_hour_on, found.absences) == (3, late.day, 0)
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


def changed(session: object, version: int, *what: str, **how: object) -> SessionChanged:
    state = scheduled(version=version, **how).model_dump() | {"session_id": session}  # type: ignore[arg-type]
    return SessionChanged.model_validate(state | {"changed": what, "reason": "salle prise"})


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
    await told(database, news.model_copy(update={"place": news.place.model_copy(update=corrected)}))
    assert await said(database, "booking.moved") == ["booking.moved"] * moves
    async with database.reading() as reading:
        kept = (await queries.session(reading, session)).where
    assert kept.model_dump(include=set(corrected)) == corrected


async def test_rule_13_who_is_booked_follows_a_session_that_moves_twice(database: Database) -> None:
    person = await new_person(database)
    first, second = await new_session(database), await new_session(database, starts=TOMORROW + timedelta(hours=5))
    await book(database, first, person)
    await book(database, second, person)
    later = TOMORROW + timedelta(hours=5)
    newest = changed(first, 3, "time", starts=later)
    await told(database, newest, changed(first, 2, "time", starts=TOMORROW + timedelta(hours=1)), newest)
    async with database.reading() as reading:
        starts = {booking.starts_at for booking in (await queries.seats_by_person(reading, {person}))[person]}
    assert starts == {later}
    assert await said(database, "booking.moved") == ["booking.moved"]


@pytest.mark.parametrize(("moved_before", "misses"), [(3, 0), (5, 1)])
async def test_rule_16_a_session_that_the_organiser_moved_too_near_can_be_cancelled_without_an_absence(
    database: Database, moved_before: int, misses: int
) -> None:
    """In hours before its new start; each gives the seat back an hour before."""
    session, person = await new_session(database, starts=TOMORROW + timedelta(days=3)), await new_person(database)
    booking = await book(database, session, person)
    moved, moment = changed(session, 2, "time", starts=TOMORROW), TOMORROW - timedelta(hours=moved_before)
    await at(database, lambda tx: usecases.keep_session(tx, moved, terms=TERMS), moment)
    async with database.reading() as reading:
        booking = await queries.booking(reading, booking.id)
    await cancel(database, booking, RESIDENT, before=timedelta(hours=1))
    assert (await wallet(database, person)).misses == misses


async def test_the_sessions_of_the_day_are_those_of_yesterday_today_and_tomorrow_in_france(database: Database) -> None:
    """In the week when the clocks change: the first day has 24 hours, the second 25."""
    days = {
        "yesterday": "2026-10-24T00:00+02:00",
        "before": "2026-10-23T23:30+02:00",
        "tomorrow": "2026-10-26T23:30+01:00",
        "after": "2026-10-27T00:00+01:00",
    }
    ids = {await new_session(database, starts=datetime.fromisoformat(day)): name for name, day in days.items()}
    await told(database, posted())
    mediator = MediatorId(MEDIATOR.mediator_id or UUID(int=0))
    for now in ("2026-10-25T00:01+02:00", "2026-10-25T23:59+01:00"):
        async with database.reading() as reading:
            known = await queries.mediator(reading, mediator)
            found = await queries.sessions_of_day(reading, known, datetime.fromisoformat(now))
        assert [ids[one.id] for one in found] == ["yesterday", "tomorrow"]


@pytest.mark.parametrize(("available", "words"), [(0, "il n'en reste aucun."), (1, "il en reste 1.")])
def test_a_refusal_for_want_of_vouchers_reads_as_french(available: int, words: str) -> None:
    assert words in NotEnoughVouchers(2, available).sentence


@pytest.mark.parametrize(("taken", "capacity", "free"), [(3, 2, 0), (3, 5, 2), (0, 1, 1)])
async def test_rule_13_nobody_loses_a_seat_when_the_capacity_changes(
    database: Database, taken: int, capacity: int, free: int
) -> None:
    session = await new_session(database, capacity=4)
    for person in await new_people(database, taken):
        await book(database, session, person)
    await told(database, changed(session, 2, "capacity", capacity=capacity))
    async with database.reading() as reading:
        found = await queries.session(reading, session)
    assert (found.free, found.taken) == (free, taken)


def test_the_day_of_an_hour_is_the_day_in_france() -> None:
    late = TOMORROW.replace(year=2026, month=7, day=1, hour=22)
    assert Booking(starts_at=late).day == date(2026, 7, 2)
