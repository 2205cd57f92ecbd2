"""Rule 18: in order of arrival, a freed seat is held for a time and offered; accepted, refused or lapsed → the next."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.clock import PARIS
from chassis.db import Database, Transaction
from contracts.catalogue import SessionCancelled, SessionChanged
from contracts.ids import BeneficiaryId, SessionId
from services.booking import queries, timed, usecases
from services.booking.audit import faults
from services.booking.model import Booking, NotEnoughVouchers, OfferEnded, SeatsLeft, SessionFull
from services.booking.model.waiting import offer_ends
from services.booking.settings import Settings
from tests import actors
from tests.booking.conftest import (
    BY,
    TERMS,
    TOMORROW,
    at,
    book,
    cancel,
    new_people,
    new_person,
    new_session,
    outcome,
    prescribed,
    said,
    scheduled,
    told,
    use,
    wait,
)

SOON = TOMORROW + timedelta(days=5)
DAY = timedelta(hours=24)
SETTINGS = actors.told(Settings, "postgresql+asyncpg://nobody@127.0.0.1:1/nothing")


class Full:
    """A session of one seat, taken by the first; the others wait in their order."""

    def __init__(self, database: Database, session: SessionId, taken: Booking, people: list[BeneficiaryId]) -> None:
        self.database, self.session, self.taken, self.people = database, session, taken, people

    @classmethod
    async def of(cls, database: Database, waiting: int = 3) -> "Full":
        session, (first, *others) = (
            await new_session(database, starts=SOON, capacity=1),
            await new_people(database, waiting + 1),
        )
        taken = await book(database, session, first)
        for person in others:
            await wait(database, session, person)
        return cls(database, session, taken, others)

    async def offer(self) -> Booking | None:
        async with self.database.reading() as reading:
            offers = await queries.bookings_in(reading, self.session, "offered")
        assert len(offers) < 2
        return offers[0] if offers else None

    async def offered_to(self) -> int | None:
        """Which of those who wait, from 0."""
        found = await self.offer()
        return self.people.index(found.person) if found else None

    async def decide(self, attempt: Any, *, hours: float = 0) -> Any:
        found = await self.offer()
        assert found
        return await at(self.database, lambda tx: attempt(tx, found.id), hours=hours)

    async def accept(self, *, hours: float = 0) -> Any:
        return await self.decide(lambda tx, offer: usecases.accept_offer(tx, offer, by=BY), hours=hours)

    async def decline(self) -> Any:
        return await self.decide(lambda tx, offer: usecases.decline_offer(tx, offer, terms=TERMS))


async def test_rule_18_those_who_wait_keep_their_order(database: Database) -> None:
    full = await Full.of(database)
    with pytest.raises(SessionFull):
        await book(database, full.session, full.people[1])
    assert [await wait(database, full.session, person) for person in full.people] == [1, 2, 3]


async def test_rule_18_nobody_waits_while_a_seat_is_free(database: Database) -> None:
    with pytest.raises(SeatsLeft):
        await wait(database, await new_session(database), await new_person(database))


async def test_rule_18_a_freed_seat_is_held_for_the_first_who_waits_and_nobody_else_takes_it(
    database: Database,
) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    assert await full.offered_to() == 0
    assert await outcome(book(database, full.session, full.people[1])) == "SessionFull"
    assert await said(database, "seat.offered", "booking.cancelled") == ["booking.cancelled", "seat.offered"]


async def test_rule_18_accepted_it_is_a_booking_like_any_other(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    booking = await full.accept()
    assert (booking.state, booking.person) == ("confirmed", full.people[0])
    assert (await said(database))[-4:] == ["waiting.left", "booking.confirmed", "wallet.changed", "session.filled"]
    async with database.reading() as reading:
        session = await queries.session(reading, full.session)
    assert (session.taken, session.offered, session.waiting) == (1, 0, 2)


async def test_rule_18_refused_or_lapsed_it_goes_to_the_next(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    await full.decline()
    assert await full.offered_to() == 1
    await full.decide(lambda tx, offer: usecases.lapse_offer(tx, offer, terms=TERMS), hours=25)
    assert await full.offered_to() == 2
    kinds = ("seat.offered", "seat.declined", "seat.lapsed", "waiting.left")
    assert await said(database, *kinds) == [
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


async def test_rule_18_who_has_no_voucher_left_is_passed_over_and_keeps_the_place(database: Database) -> None:
    full = await Full.of(database)
    elsewhere = [await new_session(database, starts=SOON + timedelta(days=n)) for n in range(1, 6)]
    *_, last = [await book(database, session, full.people[0]) for session in elsewhere]
    await cancel(database, full.taken)
    assert await full.offered_to() == 1
    await cancel(database, last)
    await full.decline()
    assert await full.offered_to() == 0


async def test_rule_18_who_is_elsewhere_at_that_time_is_passed_over(database: Database) -> None:
    full = await Full.of(database)
    await book(database, await new_session(database, starts=SOON), full.people[0])
    await cancel(database, full.taken)
    assert await full.offered_to() == 1


async def test_rule_18_vouchers_spent_meanwhile_refuse_the_acceptance_and_the_offer_stays(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    for n in range(1, 6):
        await book(database, await new_session(database, starts=SOON + timedelta(days=n)), full.people[0])
    with pytest.raises(NotEnoughVouchers):
        await full.accept()
    assert await full.offered_to() == 0


async def test_rule_18_a_larger_room_is_offered_to_those_who_wait(database: Database) -> None:
    full = await Full.of(database)
    state = scheduled(version=2, starts=SOON, capacity=3).model_dump() | {"session_id": full.session}
    await told(database, SessionChanged(**state, changed=("capacity",), reason=""))
    async with database.reading() as reading:
        offers = await queries.bookings_in(reading, full.session, "offered")
        session = await queries.session(reading, full.session)
    assert [one.person for one in offers] == full.people[:2]
    assert (session.taken, session.offered, session.free) == (1, 2, 0)


async def test_rule_18_leaving_the_list_passes_an_offered_seat_on(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    leave = usecases.leave_waiting_list
    await at(database, lambda tx: leave(tx, full.session, full.people[2], terms=TERMS))
    await at(database, lambda tx: leave(tx, full.session, full.people[0], terms=TERMS))
    assert await full.offered_to() == 1
    async with database.reading() as reading:
        assert [one.beneficiary_id for one in await queries.waiting_of(reading, full.session)] == [full.people[1]]


async def test_rule_18_a_cancelled_session_empties_its_list(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    await told(database, SessionCancelled(session_id=full.session, version=2, reason="médiateur malade"))
    assert await full.offer() is None
    assert len(await said(database, "seat.lapsed")) == 1, "its notice ends by this"
    async with database.reading() as reading:
        session = await queries.session(reading, full.session)
        assert not await queries.waiting_of(reading, full.session)
    assert (session.offered, session.waiting) == (0, 0)


async def lapse_all(database: Database) -> None:
    await timed.lapse_offers(database, settings=SETTINGS)


async def test_rule_18_the_timed_jobs_lapse_offers_and_move_lists(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    await database.transact(
        lambda tx: tx.execute(text("UPDATE bookings SET offered_until = now() WHERE state = 'offered'"))
    )
    await asyncio.gather(*(lapse_all(database) for _ in range(5)))
    assert await full.offered_to() == 1
    assert len(await said(database, "seat.lapsed")) == 1


async def test_rule_18_someone_with_a_new_book_is_offered_the_seat_that_stayed_free(database: Database) -> None:
    full = await Full.of(database, waiting=1)
    (person,) = full.people
    for n in range(1, 6):
        await book(database, await new_session(database, starts=SOON + timedelta(days=n)), person)
    await cancel(database, full.taken)
    assert await full.offer() is None
    await told(database, prescribed(person, rank=2))
    await timed.move_lists(database, settings=SETTINGS)
    assert await full.offered_to() == 0


async def test_rule_18_who_waits_and_is_booked_by_a_mediator_waits_no_more(database: Database) -> None:
    """A larger room has seats that nobody of the list can take yet, but for the one who is booked."""
    full = await Full.of(database, waiting=1)
    (person,) = full.people
    elsewhere = await book(database, await new_session(database, starts=SOON), person)
    state = scheduled(version=2, starts=SOON, capacity=3).model_dump() | {"session_id": full.session}
    await told(database, SessionChanged(**state, changed=("capacity",), reason=""))
    assert await full.offer() is None
    await cancel(database, elsewhere)
    await book(database, full.session, person)
    async with database.reading() as reading:
        assert (await queries.session(reading, full.session)).waiting == 0
        assert not await queries.waiting_of(reading, full.session)
        assert [fault async for fault in faults(reading)] == []
    await told(database, SessionCancelled(session_id=full.session, version=3, reason="médiateur malade"))
    assert await said(database, "waiting.left") == ["waiting.left"]


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

    lapse = lambda tx, offer: usecases.lapse_offer(tx, offer, terms=TERMS)  # noqa: E731
    with monkeypatch.context() as broken:
        broken.setattr(queries, "next_waiting", crash)
        with pytest.raises(Killed):
            await full.decide(lapse, hours=25)
    assert await full.offered_to() == 0
    await asyncio.gather(*(full.decide(lapse, hours=25) for _ in range(3)))
    assert await full.offered_to() == 1
    assert len(await said(database, "seat.offered")) == 2


async def test_rule_18_without_the_one_transaction_a_crash_skips_the_next(database: Database) -> None:
    """The control: the lapse committed alone leaves a free seat and nobody who is offered it."""
    full = await Full.of(database)
    await cancel(database, full.taken)

    async def lapse_alone(tx: Transaction) -> None:
        offer = await full.offer()
        assert offer
        offer = await queries.booking(tx, offer.id)
        offer.end_offer(await queries.session_locked(tx, full.session), "lapsed")

    await database.transact(lapse_alone)
    assert await full.offer() is None


@pytest.mark.parametrize(
    ("now", "starts", "until"),
    [
        ("2026-11-24 10:00", "2026-12-01 14:00", "2026-11-25 10:00"),  # the rule's 24 hours
        ("2026-11-24 10:00", "2026-11-24 16:00", "2026-11-24 14:00"),  # less when the session is near
        ("2026-11-24 10:00", "2026-11-24 12:30", None),  # half an hour to answer: someone calls
        ("2026-11-24 21:00", "2026-11-25 14:00", "2026-11-25 12:00"),
        ("2026-11-25 02:00", "2026-11-25 09:00", None),  # nobody is told before eight, and it begins at nine
        ("2026-11-24 23:30", "2026-11-25 10:59", None),  # 59 minutes of the morning
        ("2026-11-25 02:00", "2026-11-25 11:00", "2026-11-25 09:00"),
        ("2026-10-24 23:00", "2026-10-27 14:00", "2026-10-25 22:00"),  # 24 hours are 24 hours, in the long night too
    ],
)
def test_rule_18_an_offer_is_held_for_a_day_less_when_the_session_is_near(
    now: str, starts: str, until: str | None
) -> None:
    assert offer_ends(paris(now), paris(starts), DAY) == (until and paris(until))


def test_rule_18_an_offer_made_at_night_lasts_until_the_morning_has_begun() -> None:
    short = timedelta(hours=2)
    assert offer_ends(paris("2026-11-24 21:00"), paris("2026-12-01 14:00"), short) == paris("2026-11-25 10:00")
    assert offer_ends(paris("2026-11-25 05:00"), paris("2026-12-01 14:00"), short) == paris("2026-11-25 10:00")
    assert offer_ends(paris("2026-11-25 09:00"), paris("2026-12-01 14:00"), short) == paris("2026-11-25 11:00")


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


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
