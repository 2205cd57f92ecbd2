"""Rule 14 when many ask at once, and what becomes of it without the locks."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import select, text

from chassis import telemetry
from chassis.batching import Batcher
from chassis.db import Database, Transaction
from contracts.ids import BeneficiaryId, SessionId
from services.booking import queries, usecases
from services.booking.model import Booking, Session
from services.booking.usecases import Request
from tests.booking.answers import outcome, published, use
from tests.booking.conftest import (
    BY,
    book,
    deliver,
    new_people,
    new_person,
    new_session,
)
from tests.booking.events import TOMORROW, scheduled
from tests.booking.on_paper import POLICY

pytestmark = pytest.mark.usefixtures("patient")

Seats = Batcher[Request, Booking]


def batcher(database: Database) -> Seats:
    return Batcher(database, partial(usecases.book_batch, policy=POLICY))


async def test_rule_14_the_last_seat_goes_to_exactly_one_of_fifty(database: Database) -> None:
    session = await new_session(database, capacity=1)
    people = await new_people(database, 50)
    answers = await asyncio.gather(*(outcome(book(database, session, person)) for person in people))
    assert sorted(answers) == ["SessionFull"] * 49 + ["done"]
    held = [await use(database, person) for person in people]
    assert sorted(held) == [(4, 1, 0)] + [(5, 0, 0)] * 49


async def test_rule_14_a_thousand_at_once_for_twelve_seats_by_two_instances(database: Database) -> None:
    """Each instance has its batcher; both, and single transactions beside them, meet at the row of the session."""
    session = await new_session(database, capacity=12)
    people = await new_people(database, 1000)
    batchers = [batcher(database), batcher(database)]
    asked = [outcome(batchers[i % 2].ask(Request(session, person, BY))) for i, person in enumerate(people[:980])]
    answers = await asyncio.gather(*asked, *(outcome(book(database, session, person)) for person in people[980:]))
    assert sorted(answers) == ["SessionFull"] * 988 + ["done"] * 12
    async with database.reading() as reading:
        seats = [booking.seat for booking in await queries.bookings_in(reading, session, "confirmed")]
        held = (await reading.execute(text("SELECT count(*) FROM vouchers WHERE state = 'held'"))).scalar_one()
    assert sorted(seats) == list(range(1, 13))
    assert held == 12


async def test_rule_14_without_the_row_lock_and_the_index_the_last_seat_is_sold_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    all_have_read = asyncio.Barrier(10)

    async def unlocked(tx: Transaction, ids: Collection[UUID]) -> Mapping[UUID, Session]:
        sessions = {session.id: session for session in await tx.scalars(select(Session).where(Session.id.in_(ids)))}
        await all_have_read.wait()
        return cast("Mapping[UUID, Session]", sessions)

    session = await new_session(database, capacity=1)
    people = await new_people(database, 10)
    await database.transact(lambda tx: tx.execute(text("DROP INDEX uq_bookings_seat")))
    monkeypatch.setattr(queries, "sessions_for_update", unlocked)
    answers = await asyncio.gather(*(outcome(book(database, session, person)) for person in people))
    assert answers.count("done") > 1


async def two_hundred_sessions(database: Database) -> list[SessionId]:
    """In pairs that overlap."""
    events = [scheduled(TOMORROW + timedelta(hours=number // 2)) for number in range(200)]
    await deliver(database, *events)
    return [event.session_id for event in events]


async def test_rule_14_two_hundred_bookings_at_once_of_one_person_are_five_and_none_overlaps(
    database: Database,
) -> None:
    person, sessions = await new_person(database), await two_hundred_sessions(database)
    answers = await asyncio.gather(*(outcome(book(database, session, person)) for session in sessions))
    assert answers.count("done") == 5
    assert {*answers} <= {"done", "NotEnoughVouchers", "OverlapsAnother"}
    assert await use(database, person) == (0, 5, 0)
    async with database.reading() as reading:
        starts = [seat.starts_at for seat in (await queries.seats_by_person(reading, {person}))[person]]
    assert len({*starts}) == 5


async def test_rule_14_without_the_wallets_lock_one_voucher_is_held_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the ledger's own key is all that is left, and it fails where the rule would have refused."""
    whole, all_have_read = queries.wallets_for_update, asyncio.Barrier(5)

    async def unlocked(tx: Transaction, ids: Collection[UUID]) -> object:
        async with database.reading() as reading:
            wallets = await whole(reading, ids)  # type: ignore[arg-type]
        await all_have_read.wait()
        return {id_: await tx.merge(wallet, load=False) for id_, wallet in wallets.items()}

    async def tried(session: SessionId) -> str:
        try:
            return await outcome(book(database, session, person))
        except Exception as fault:  # noqa: BLE001 - the fault is what is looked for
            return type(fault).__name__

    person = await new_person(database)
    sessions = [await new_session(database, starts=TOMORROW + timedelta(hours=2 * number)) for number in range(5)]
    monkeypatch.setattr(queries, "wallets_for_update", unlocked)
    answers = await asyncio.gather(*map(tried, sessions))
    assert {*answers} - {"done", "NotEnoughVouchers"}


async def test_in_one_batch_each_has_its_own_answer_and_a_session_is_published_once(database: Database) -> None:
    session, twice = await new_session(database, capacity=2), await new_person(database)
    people: Sequence[BeneficiaryId] = [twice, await new_person(database), twice, await new_person(database)]
    seats = batcher(database)
    answers = await asyncio.gather(*(outcome(seats.ask(Request(session, person, BY))) for person in people))
    assert answers == ["done", "done", "AlreadyBooked", "SessionFull"]
    assert len(await published(database, "session.filled")) == 1
    assert len(await published(database, "booking.confirmed")) == 2


async def test_core_14_each_booking_of_one_transaction_is_published_under_its_own_correlation(
    database: Database,
) -> None:
    seats, session = batcher(database), await new_session(database)
    people = await new_people(database, 2)

    async def ask(person: BeneficiaryId) -> None:
        telemetry.set_correlation(f"the request of {person}")
        await seats.ask(Request(session, person, BY))

    await asyncio.gather(*map(ask, people))
    asked = (
        "SELECT key, headers->>'ce_correlationid' AS id FROM outbox WHERE headers->>'ce_type' = 'booking.confirmed.v2'"
    )
    async with database.reading() as reading:
        published = {row.key: row.id for row in await reading.execute(text(asked))}
    assert published == {str(person): f"the request of {person}" for person in people}
