"""Rule 18: in order of arrival, a freed seat is held for the first who can take it."""

from datetime import timedelta

import pytest

from chassis.db import Database
from contracts.catalogue import SessionCancelled, SessionChanged
from services.booking import queries, usecases
from services.booking.audit import faults
from services.booking.model import SeatsLeft, SessionFull
from tests.booking.answers import outcome, published
from tests.booking.conftest import (
    at,
    book,
    cancel,
    deliver,
    new_person,
    new_session,
    wait,
)
from tests.booking.events import scheduled
from tests.booking.full import SOON, Full
from tests.booking.on_paper import POLICY


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
    assert await published(database, "seat.offered", "booking.cancelled") == ["booking.cancelled", "seat.offered"]


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


async def test_rule_18_a_larger_room_is_offered_to_those_who_wait(database: Database) -> None:
    full = await Full.of(database)
    state = scheduled(version=2, starts=SOON, capacity=3).model_dump() | {"session_id": full.session}
    await deliver(database, SessionChanged(**state, changed=("capacity",), reason=""))
    async with database.reading() as reading:
        offers = await queries.bookings_in(reading, full.session, "offered")
        session = await queries.session(reading, full.session)
    assert [offer.person for offer in offers] == full.people[:2]
    assert (session.taken, session.offered, session.free) == (1, 2, 0)


async def test_rule_18_leaving_the_list_passes_an_offered_seat_on(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    leave = usecases.leave_waiting_list
    await at(database, lambda tx: leave(tx, full.session, full.people[2], policy=POLICY))
    await at(database, lambda tx: leave(tx, full.session, full.people[0], policy=POLICY))
    assert await full.offered_to() == 1
    async with database.reading() as reading:
        assert [waiting.beneficiary_id for waiting in await queries.waiting_of(reading, full.session)] == [
            full.people[1]
        ]


async def test_rule_18_a_cancelled_session_empties_its_list(database: Database) -> None:
    full = await Full.of(database)
    await cancel(database, full.taken)
    await deliver(database, SessionCancelled(session_id=full.session, version=2, reason="médiateur malade"))
    assert await full.offer() is None
    assert len(await published(database, "seat.lapsed")) == 1, "its notice ends by this"
    async with database.reading() as reading:
        session = await queries.session(reading, full.session)
        assert not await queries.waiting_of(reading, full.session)
    assert (session.offered, session.waiting) == (0, 0)


async def test_rule_18_who_waits_and_is_booked_by_a_mediator_waits_no_more(database: Database) -> None:
    """A larger room has seats that nobody of the list can take yet, but for the one who is booked."""
    full = await Full.of(database, waiting=1)
    (person,) = full.people
    elsewhere = await book(database, await new_session(database, starts=SOON), person)
    state = scheduled(version=2, starts=SOON, capacity=3).model_dump() | {"session_id": full.session}
    await deliver(database, SessionChanged(**state, changed=("capacity",), reason=""))
    assert await full.offer() is None
    await cancel(database, elsewhere)
    await book(database, full.session, person)
    async with database.reading() as reading:
        assert (await queries.session(reading, full.session)).waiting == 0
        assert not await queries.waiting_of(reading, full.session)
        assert [fault async for fault in faults(reading)] == []
    await deliver(database, SessionCancelled(session_id=full.session, version=3, reason="médiateur malade"))
    assert await published(database, "waiting.left") == ["waiting.left"]
