"""Rule 5: two records of one person become one, whatever else happens meanwhile."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from chassis.db import Database
from contracts.contacts import ContactErased
from contracts.ids import BeneficiaryId, TrainingId, uuid7
from contracts.prescription import BeneficiaryMerged, BookCancelled
from services.booking import queries, usecases
from services.booking.audit import faults
from services.booking.consumers import split_at
from services.booking.model import Booking
from tests.booking.answers import published, wallet
from tests.booking.conftest import (
    book,
    booked,
    cancel,
    deliver,
    mark,
    new_people,
    new_person,
    new_session,
    wait,
)
from tests.booking.events import KARIM, TOMORROW, in_post, prescribed, stated, training
from tests.booking.on_paper import POLICY
from tests.overlap import overlapping


async def test_rule_5_two_records_of_one_person_become_one_history(database: Database) -> None:
    survivor, merged = await new_people(database, 2)
    both, single = await new_session(database), await new_session(database, starts=TOMORROW + timedelta(hours=4))
    full = await new_session(database, starts=TOMORROW + timedelta(days=2), capacity=1)
    await book(database, full, await new_person(database))
    for person in (survivor, merged):
        await book(database, both, person)
        await wait(database, full, person)
    await mark(database, await book(database, single, merged), attended=True)
    news = BeneficiaryMerged(kept_id=survivor, merged_id=merged)
    await deliver(database, news, news)
    async with database.reading() as reading:
        wallet = await queries.wallet(reading, survivor)
        seats = {seat.session_id for seat in await queries.seats_of(reading, survivor)}
        waits = await queries.waits_of(reading, survivor)
        assert (await queries.wallet(reading, merged)).vouchers == []
        assert [fault async for fault in faults(reading)] == []
    assert (len(wallet.vouchers), len(wallet.available), wallet.hours_followed) == (10, 8, 1)
    assert {voucher.rank for voucher in wallet.vouchers} == {1, 2}
    assert (seats, len(waits)) == ({both}, 1)


def test_rule_5_the_same_words_before_and_after_a_merge_stay_where_they_were_said() -> None:
    person, other = BeneficiaryId(uuid7()), BeneficiaryId(uuid7())
    book, merged = prescribed(person), BeneficiaryMerged(kept_id=person, merged_id=other)
    gone = BookCancelled(book_id=book.book_id, beneficiary_id=person, reason="erreur")
    events = (book, gone, merged, gone, merged, merged)
    correlated = [event.model_copy().correlated(name) for event, name in zip(events, "abcdef", strict=True)]
    parts = [*split_at(correlated, BeneficiaryMerged)]
    assert ["".join(event.correlation_id for event in part) for part in parts] == ["ab", "c", "d", "e", "f"]
    assert [event.body for part in parts for event in part] == [event.body for event in correlated]


async def test_rule_5_two_sessions_at_one_time_are_left_to_a_person_to_decide(database: Database) -> None:
    survivor, merged = await new_people(database, 2)
    for person in (survivor, merged):
        await book(database, await new_session(database), person)
    await deliver(database, BeneficiaryMerged(kept_id=survivor, merged_id=merged))
    async with database.reading() as reading:
        seats = await queries.seats_of(reading, survivor)
    assert sorted(seat.moved for seat in seats) == [False, True]


async def test_rule_5_a_seat_that_one_record_has_is_kept_and_the_others_offer_of_it_ends(database: Database) -> None:
    survivor, merged, other = await new_people(database, 3)
    full = await new_session(database, starts=TOMORROW + timedelta(days=3), capacity=2)
    seat, freed = await book(database, full, merged), await book(database, full, other)
    await wait(database, full, survivor)
    await cancel(database, freed)
    await deliver(database, BeneficiaryMerged(kept_id=survivor, merged_id=merged))
    async with database.reading() as reading:
        (left,) = await queries.seats_of(reading, survivor)
        session = await queries.session(reading, full)
        assert [fault async for fault in faults(reading)] == []
    assert (left.id, left.state, left.moved) == (seat.id, "confirmed", False)
    assert (session.taken, session.offered, session.waiting) == (1, 0, 0)
    assert await published(database, "seat.offered", "seat.declined", "waiting.left") == [
        "seat.offered", "seat.declined", "waiting.left",
    ]  # fmt: skip


@pytest.mark.parametrize("first", ["survivor", "merged"])
async def test_core_14_rule_18_a_merge_keeps_the_better_place_of_a_waiting_list(database: Database, first: str) -> None:
    survivor, merged, other, between = await new_people(database, 4)
    full = await new_session(database, capacity=1, starts=TOMORROW + timedelta(days=3))
    seat = await book(database, full, other)
    for person in (survivor, between, merged) if first == "survivor" else (merged, between, survivor):
        await wait(database, full, person)
    news = BeneficiaryMerged(kept_id=survivor, merged_id=merged)
    await deliver(database, news, news)
    async with database.reading() as reading:
        places = [(waiting.beneficiary_id, waiting.place) for waiting in await queries.waiting_of(reading, full)]
        session = await queries.session(reading, full)
    assert (places, session.waiting) == ([(survivor, 1), (between, 2)], 2)
    joined, left = await published(database, "waiting.joined"), await published(database, "waiting.left")
    assert (len(joined), len(left)) == (3 if first == "survivor" else 4, 1), "the better place is published"
    await cancel(database, seat)
    async with database.reading() as reading:
        (offer,) = await queries.bookings_in(reading, full, "offered")
        assert [fault async for fault in faults(reading)] == []
    assert offer.beneficiary_id == survivor


async def test_rule_5_two_plans_become_one_and_it_is_published(database: Database) -> None:
    first, second, third = (TrainingId(UUID(int=number)) for number in (3, 4, 5))
    known = [training().model_copy(update={"training_id": training_id}) for training_id in (first, second, third)]
    await deliver(database, *in_post(KARIM), *known)
    survivor, merged, heir = await new_people(database, 3)
    for person, trainings in ((survivor, [first, second]), (merged, [third, first])):
        await database.transact(partial(usecases.accept_file, beneficiary_id=person, by=KARIM))
        await database.transact(partial(usecases.plan, beneficiary_id=person, trainings=trainings, by=KARIM))
    await deliver(database, BeneficiaryMerged(kept_id=survivor, merged_id=merged))
    unknown = BeneficiaryId(uuid7())
    await deliver(
        database,
        BeneficiaryMerged(kept_id=heir, merged_id=survivor),
        BeneficiaryMerged(kept_id=unknown, merged_id=heir),
    )
    async with database.reading() as reading:
        file = await queries.file(reading, unknown)
    assert (file.plan, file.plan_version) == ([first, second, third], 2)
    assert len(await published(database, "plan.changed")) == 5


async def test_rule_5_what_comes_about_the_merged_record_afterwards_is_the_survivors(database: Database) -> None:
    survivor, merged = await new_people(database, 2)
    await deliver(database, stated(survivor), stated(merged), BeneficiaryMerged(kept_id=survivor, merged_id=merged))
    await deliver(database, prescribed(merged, rank=3), stated(merged), ContactErased(beneficiary_id=merged))
    async with database.reading() as reading:
        assert len((await queries.wallet(reading, survivor)).vouchers) == 15
        assert (await queries.people(reading, [survivor]))[survivor].name == "Démo Jeanne D."


async def while_merging(
    database: Database, survivor: BeneficiaryId, merged: BeneficiaryId, decide: Callable[[], Awaitable[Booking]]
) -> None:
    """The merge has all its locks when the decision begins, and ends while that waits."""
    news = BeneficiaryMerged(kept_id=survivor, merged_id=merged)
    await overlapping(database, lambda tx: usecases.merge(tx, news, policy=POLICY), decide())
    async with database.reading() as reading:
        assert [fault async for fault in faults(reading)] == []


async def test_rule_5_a_seat_given_back_during_a_merge_gives_the_survivor_its_voucher(database: Database) -> None:
    survivor, merged = await new_people(database, 2)
    booking = await booked(database, merged)
    await while_merging(database, survivor, merged, lambda: cancel(database, booking))
    assert len((await wallet(database, survivor)).available) == 10


async def test_rule_5_an_absence_mended_during_a_merge_is_an_hour_of_the_survivor(database: Database) -> None:
    """The merge does not lock the sessions of what is past."""
    survivor, merged = await new_people(database, 2)
    booking = await booked(database, merged)
    await mark(database, booking, attended=False)
    mended = partial(mark, database, booking, attended=True, reason="elle était là")
    await while_merging(database, survivor, merged, mended)
    after = await wallet(database, survivor)
    assert (len(after.available), after.hours_followed, after.misses) == (9, 1, 0)
