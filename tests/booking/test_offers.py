"""Rule 18: a seat is offered for a time; accepted it is a booking, refused or lapsed it goes to the next."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from chassis.db import Database, Transaction
from services.booking import queries, timed, usecases
from services.booking.audit import faults
from services.booking.model import NotEnoughVouchers, OfferEnded
from services.booking.settings import Settings
from tests import actors
from tests.booking.answers import outcome, published, use
from tests.booking.conftest import (
    BY,
    at,
    book,
    cancel,
    deliver,
    new_person,
    new_session,
)
from tests.booking.events import prescribed, scheduled
from tests.booking.full import SOON, Full
from tests.booking.on_paper import POLICY

SETTINGS = actors.settings_for(Settings, "postgresql+asyncpg://nobody@127.0.0.1:1/nothing")


async def test_rule_18_accepted_it_is_a_booking_like_any_other(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    booking = await full.accept()
    assert (booking.state, booking.person) == ("confirmed", full.people[0])
    assert (await published(database))[-4:] == ["waiting.left", "booking.confirmed", "wallet.changed", "session.filled"]
    async with database.reading() as reading:
        session = await queries.session(reading, full.session)
    assert (session.taken, session.offered, session.waiting) == (1, 0, 2)


async def test_rule_18_refused_or_lapsed_it_goes_to_the_next(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    await full.decline()
    assert await full.offered_to() == 1
    await full.decide(lambda tx, offer: usecases.lapse_offer(tx, offer, policy=POLICY), hours=25)
    assert await full.offered_to() == 2
    kinds = ("seat.offered", "seat.declined", "seat.lapsed", "waiting.left")
    assert await published(database, *kinds) == [
        "seat.offered", "seat.declined", "waiting.left", "seat.offered", "seat.lapsed", "waiting.left", "seat.offered",
    ]  # fmt: skip


async def test_rule_18_too_late_is_too_late(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    with pytest.raises(OfferEnded):
        await full.accept(hours=25)
    await full.decline()
    with pytest.raises(OfferEnded):
        await at(database, lambda tx: usecases.accept_offer(tx, full.taken.id, by=BY))


async def test_rule_18_vouchers_spent_meanwhile_refuse_the_acceptance_and_the_offer_stays(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    for n in range(1, 6):
        await book(database, await new_session(database, starts=SOON + timedelta(days=n)), full.people[0])
    with pytest.raises(NotEnoughVouchers):
        await full.accept()
    assert await full.offered_to() == 0


END_OFFERS = text("UPDATE bookings SET offered_until = now() WHERE state = 'offered'")


async def lapse_all(database: Database) -> None:
    await timed.lapse_offers(database, settings=SETTINGS)


async def test_rule_18_the_timed_jobs_lapse_offers_and_move_lists(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    await database.transact(lambda tx: tx.execute(END_OFFERS))
    await asyncio.gather(*(lapse_all(database) for _ in range(5)))
    assert await full.offered_to() == 1
    assert len(await published(database, "seat.lapsed")) == 1


async def test_rule_18_someone_with_a_new_book_is_offered_the_seat_that_stayed_free(database: Database) -> None:
    full = await Full.of(database, waiting=1)
    (person,) = full.people
    for n in range(1, 6):
        await book(database, await new_session(database, starts=SOON + timedelta(days=n)), person)
    await cancel(database, full.taken)
    assert await full.offer() is None
    await deliver(database, prescribed(person, rank=2))
    await timed.move_lists(database, settings=SETTINGS)
    assert await full.offered_to() == 0


async def test_rule_18_an_offer_that_can_not_lapse_yet_holds_up_no_other(database: Database) -> None:
    """Somebody is at work on the first session."""
    first, second = await Full.of(database), await Full.of(database)
    for full in (first, second):
        await cancel(database, full.taken)
    await database.transact(lambda tx: tx.execute(END_OFFERS))

    async def at_work(tx: Transaction) -> None:
        await queries.session_for_update(tx, first.session)
        with pytest.raises(ExceptionGroup, match="some failed"):
            await lapse_all(database)

    await database.transact(at_work)
    assert (await first.offered_to(), await second.offered_to()) == (0, 1)
    await lapse_all(database)
    assert await first.offered_to() == 1


LISTS_OF_ONE = """
    INSERT INTO waiting (session_id, beneficiary_id, place, joined_at)
        SELECT id, :poor, 1, now() FROM sessions WHERE id = ANY(:sessions);
"""
ONE_WAITS = "UPDATE sessions SET waiting = 1, last_place = 1 WHERE id = ANY(:sessions)"


async def test_core_16_lists_that_can_not_move_hide_none_that_can(database: Database) -> None:
    """201 sessions have a free seat and a list; who is on it has no voucher left, but for the last one's."""
    full = await Full.of(database, waiting=1)
    (person,) = full.people
    for n in range(1, 6):
        await book(database, await new_session(database, starts=SOON + timedelta(days=n)), person)
    await cancel(database, full.taken)
    poor = await new_person(database)
    for n in range(1, 6):
        await book(database, await new_session(database, starts=SOON + timedelta(days=n)), poor)
    stuck = [scheduled(starts=SOON - timedelta(hours=1)) for _ in range(200)]
    await deliver(database, *stuck)
    known = {"poor": poor, "sessions": [event.session_id for event in stuck]}
    await database.transact(lambda tx: tx.execute(text(LISTS_OF_ONE), known))
    await database.transact(lambda tx: tx.execute(text(ONE_WAITS), known))
    await deliver(database, prescribed(person, rank=2))
    async with database.reading() as reading:
        assert await queries.sessions_to_pass_on(reading, datetime.now(UTC)) == [full.session]
    await timed.move_lists(database, settings=SETTINGS)
    assert await full.offered_to() == 0
    async with database.reading() as reading:
        over = await queries.sessions_to_pass_on(reading, SOON)
    assert {*over} == {full.session, *[event.session_id for event in stuck]}, "what is past is over"


async def test_rule_18_a_mediator_who_books_an_offered_seat_for_its_person_accepts_it(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    offer = await full.offer()
    booking = await book(database, full.session, full.people[0])
    assert offer
    assert (booking.id, booking.state) == (offer.id, "confirmed")
    assert await use(database, full.people[0]) == (4, 1, 0)
    assert await outcome(book(database, full.session, full.people[0])) == "AlreadyBooked"
    async with database.reading() as reading:
        session = await queries.session(reading, full.session)
        assert (session.taken, session.offered, session.waiting) == (1, 0, 2)
        assert [fault async for fault in faults(reading)] == []
        assert (await queries.booking(reading, offer.id)).by_kind == "mediator"


class Killed(Exception):
    """The process ends here."""


async def test_rule_18_a_crash_between_lapse_and_next_offer_skips_nobody_and_offers_nothing_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)

    async def crash(*_: object) -> Awaitable[object]:
        raise Killed

    lapse = lambda tx, offer: usecases.lapse_offer(tx, offer, policy=POLICY)  # noqa: E731
    with monkeypatch.context() as broken:
        broken.setattr(queries, "next_waiting", crash)
        with pytest.raises(Killed):
            await full.decide(lapse, hours=25)
    assert await full.offered_to() == 0
    await asyncio.gather(*(full.decide(lapse, hours=25) for _ in range(3)))
    assert await full.offered_to() == 1
    assert len(await published(database, "seat.offered")) == 2


async def test_rule_18_without_the_one_transaction_a_crash_skips_the_next(database: Database) -> None:
    """The control: the lapse committed alone leaves a free seat and nobody who is offered it."""
    full = await Full.of(database)
    await cancel(database, full.taken)

    async def lapse_alone(tx: Transaction) -> None:
        offer = await full.offer()
        assert offer
        offer = await queries.booking(tx, offer.id)
        offer.end_offer(await queries.session_for_update(tx, full.session), "lapsed")

    await database.transact(lapse_alone)
    assert await full.offer() is None


async def test_rule_18_a_seat_offered_can_not_be_booked_in_sql_either(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    copy = """
        INSERT INTO bookings SELECT (jsonb_populate_record(b, jsonb_build_object(
            'id', uuidv7(), 'beneficiary_id', CAST(:other AS uuid), 'code', 'another', 'state', 'confirmed'))).*
        FROM bookings b WHERE state = 'offered'
    """
    with pytest.raises(Exception, match="uq_bookings_seat"):
        await database.transact(lambda tx: tx.execute(text(copy), {"other": full.people[2]}))
