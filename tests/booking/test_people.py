"""What booking keeps of people (26), and how it forgets them (27)."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from chassis import erasure
from chassis.db import Database
from contracts.booking import BookingErasureCompleted
from contracts.contacts import ContactErased
from contracts.ids import BeneficiaryId, BookingId, NoticeId, SessionId, uuid7
from contracts.notifications import NoticeToCall
from contracts.prescription import BeneficiaryErased, BeneficiaryMerged
from services.booking import queries, usecases
from services.booking.audit import faults
from services.booking.consumers import on_prescription
from tests.booking.answers import published, use
from tests.booking.conftest import (
    BY,
    at,
    book,
    cancel,
    deliver,
    mark,
    new_people,
    new_person,
    new_session,
    wait,
)
from tests.booking.events import KARIM, TOMORROW, in_post, stated
from tests.booking.on_paper import POLICY


async def test_rule_26_booking_keeps_a_first_name_and_an_initial_and_no_other_personal_value(
    database: Database,
) -> None:
    person = await new_person(database)
    await deliver(database, stated(person))
    assert await everything(database, "Démo Jeanne")
    assert not await everything(database, "33639981234")


async def test_who_moves_is_offered_sessions_near_the_new_home(database: Database) -> None:
    person = await new_person(database)
    for version, commune in ((1, "26108"), (2, "26113"), (3, None)):
        await deliver(database, stated(person).model_copy(update={"version": version, "commune_insee": commune}))
    async with database.reading() as reading:
        assert (await queries.people(reading, [person]))[person].commune_insee == "26113"


async def everything(database: Database, value: str) -> list[str]:
    """The tables in which it is written, anywhere in a row."""
    async with database.reading() as reading:
        tables = await reading.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        return [name for name in tables if await _written(reading, name, value)]


async def _written(reading: object, table: str, value: str) -> bool:
    query = text(f"SELECT EXISTS (SELECT FROM {table} t WHERE t::text ILIKE :value)")  # noqa: S608 - our own tables
    return bool((await reading.execute(query, {"value": f"%{value}%"})).scalar_one())  # type: ignore[attr-defined]


async def full_life(database: Database) -> tuple[BeneficiaryId, SessionId, Sequence[BeneficiaryId]]:
    """Someone with an hour followed, a seat to come that another waits for, an offer, a place in a list, a trouble."""
    await deliver(database, *in_post(KARIM))
    person, other, third = await new_people(database, 3)
    await deliver(database, stated(person))
    await database.transact(lambda tx: usecases.accept_file(tx, person, by=KARIM))
    await mark(database, await book(database, await new_session(database), person), attended=True)
    coming = await new_session(database, starts=TOMORROW + timedelta(days=3), capacity=1)
    await book(database, coming, person)
    await wait(database, coming, other)
    offered = await new_session(database, starts=TOMORROW + timedelta(days=4), capacity=1)
    taken = await book(database, offered, third)
    await wait(database, offered, person)
    await wait(database, offered, other)
    await cancel(database, taken)
    notice = NoticeToCall(
        notice_id=NoticeId(uuid7()), beneficiary_id=person, booking_id=None, kind="reminder_48h", channel="call",
        reason="numéro faux",
    )  # fmt: skip
    await deliver(database, notice)
    return person, coming, (other, third)


async def test_rule_27_the_erased_leave_no_trace_and_those_who_wait_get_their_seats(database: Database) -> None:
    person, coming, (other, _) = await full_life(database)
    async with database.reading() as reading:
        hours = (await reading.execute(text("SELECT sum(hours_followed) FROM wallets"))).scalar_one()
    await deliver(database, BeneficiaryErased(beneficiary_id=person), ContactErased(beneficiary_id=person))
    left = await everything(database, str(person))
    assert len(await published(database, "seat.declined")) == 1
    assert {*left} <= {"outbox"}, "the outbox is on its way to the topics, and holds ids only"
    assert not await everything(database, "Démo Jeanne")
    async with database.reading() as reading:
        offers = await queries.bookings_in(reading, coming, "offered")
        assert [offer.person for offer in offers] == [other]
        assert (await reading.execute(text("SELECT sum(hours_followed) FROM wallets"))).scalar_one() == hours
        assert [fault async for fault in faults(reading)] == []
    assert (await published(database))[-1] == BookingErasureCompleted.type.rpartition(".")[0]


async def test_core_15_the_records_merged_into_the_erased_are_gone_when_booking_answers(database: Database) -> None:
    """Their own erasure comes by another partition, perhaps later."""
    survivor, merged = await new_people(database, 2)
    await deliver(database, stated(survivor), stated(merged), BeneficiaryMerged(kept_id=survivor, merged_id=merged))
    await deliver(database, BeneficiaryErased(beneficiary_id=survivor))
    assert {*await everything(database, str(merged)), *await everything(database, str(survivor))} <= {"outbox"}
    assert not await everything(database, "Démo Jeanne")
    async with database.reading() as reading:
        assert await erasure.among(reading, {survivor, merged}) == {survivor, merged}
        assert [fault async for fault in faults(reading)] == []
    await deliver(database, BeneficiaryErased(beneficiary_id=merged))
    assert (await published(database))[-2:] == ["erasure.completed"] * 2


async def test_rule_27_hours_marked_after_an_erasure_count_and_nothing_is_published(
    database: Database,
) -> None:
    person = await new_person(database)
    for number in range(2):
        missed = await new_session(database, starts=TOMORROW + timedelta(hours=3 * number))
        await mark(database, await book(database, missed, person), attended=False)
    await database.transact(lambda tx: usecases.settle_flag(tx, person, by="Démo Karim"))
    seats = [
        await book(database, await new_session(database, starts=TOMORROW + timedelta(hours=9 + number)), person)
        for number in range(3)
    ]
    erased = BeneficiaryErased(beneficiary_id=person)
    await at(database, lambda tx: on_prescription(tx, [erased], policy=POLICY), TOMORROW + timedelta(hours=14))
    before = await published(database)
    await mark(database, seats[0], attended=True)
    await mark(database, seats[1], attended=False)
    here = seats[2].session_id
    await at(database, lambda tx: usecases.mark_everyone(tx, here, by=BY), TOMORROW + timedelta(days=1))
    assert await published(database) == before
    async with database.reading() as reading:
        assert (await reading.execute(text("SELECT sum(hours_followed) FROM wallets"))).scalar_one() == 2
        assert [fault async for fault in faults(reading)] == []


async def test_rule_27_erasing_someone_unknown_or_twice_is_answered_all_the_same(database: Database) -> None:
    nobody = BeneficiaryId(uuid7())
    await deliver(database, BeneficiaryErased(beneficiary_id=nobody))
    await deliver(database, BeneficiaryErased(beneficiary_id=nobody))
    assert await published(database) == ["erasure.completed"] * 2


async def test_rule_27_bookings_older_than_two_years_are_nobodys_and_the_hours_stay(database: Database) -> None:
    person = await new_person(database)
    old = await book(database, await new_session(database), person)
    await mark(database, old, attended=True)
    await book(database, await new_session(database, starts=TOMORROW + timedelta(days=1)), person)
    two_years_later = TOMORROW + timedelta(hours=2)
    await database.transact(lambda tx: usecases.forget_old_bookings(tx, before=two_years_later))
    async with database.reading() as reading:
        assert (await queries.booking(reading, BookingId(old.id))).beneficiary_id is None
        assert (await queries.wallet(reading, person)).hours_followed == 1
        assert [fault async for fault in faults(reading)] == []
        assert not [move for move in await queries.ledger(reading, person) if move.booking_id == old.id]
    assert await use(database, person) == (3, 1, 1)


async def test_rule_27_a_session_that_nobody_marked_is_settled_and_does_not_stop_the_forgetting(
    database: Database,
) -> None:
    person = await new_person(database)
    never = await book(database, await new_session(database), person)
    marked = await book(database, await new_session(database, starts=TOMORROW + timedelta(hours=3)), person)
    await mark(database, marked, attended=True)
    before = len(await published(database))
    before_then = TOMORROW + timedelta(days=1)
    for _ in range(2):
        async with database.reading() as reading:
            unmarked = await queries.unmarked_seats(reading, before_then)
        await database.transact(partial(usecases.settle_unmarked, among=unmarked, before=before_then))
        await database.transact(lambda tx: usecases.forget_old_bookings(tx, before=before_then))
    async with database.reading() as reading:
        assert [(await queries.booking(reading, booking.id)).beneficiary_id for booking in (never, marked)] == [
            None,
            None,
        ]
        wallet = await queries.wallet(reading, person)
        moves = [(move.reason, move.by_kind, move.state_after) for move in await queries.ledger(reading, person)]
        assert [fault async for fault in faults(reading)] == []
    assert ("présence jamais notée", "system", "available") in moves
    assert (await use(database, person), wallet.misses) == ((4, 0, 1), 0)
    assert (await published(database))[before:] == ["wallet.changed"]


async def test_a_booking_of_nobody_can_not_be_changed(database: Database) -> None:
    booking = await book(database, await new_session(database), await new_person(database))
    await mark(database, booking, attended=True)
    await database.transact(lambda tx: usecases.forget_old_bookings(tx, before=TOMORROW + timedelta(days=9)))
    with pytest.raises(Exception, match="déjà terminée"):
        await mark(database, booking, attended=False, reason="trop tard")
