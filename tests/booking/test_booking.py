import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.db import Database, Transaction
from chassis.refusal import Refusal
from contracts.catalogue import SessionCancelled, SessionChanged
from contracts.ids import BeneficiaryId, SessionId
from services.booking import consumers, queries, usecases
from services.booking.model import (
    AlreadyMarked,
    NotEnoughVouchers,
    NotStarted,
    OverlapsAnother,
    Session,
    SessionFull,
    SessionOver,
    TooLateToCancel,
)
from tests.booking.conftest import BY, TOMORROW, new_person, new_session, scheduled

Try = Callable[[Transaction], Awaitable[Any]]


async def book(database: Database, session: SessionId, person: BeneficiaryId) -> Any:
    return await database.transact(lambda tx: usecases.book(tx, session, person, by=BY))


async def outcome(attempt: Awaitable[object]) -> str:
    try:
        await attempt
    except Refusal as refusal:
        return type(refusal).__name__
    return "done"


async def use(database: Database, person: BeneficiaryId) -> tuple[int, int, int]:
    async with database.reading() as reading:
        (book,) = (await queries.wallet(reading, person)).uses()
    return book.available, book.held, book.consumed


async def later(database: Database, attempt: Try, **time: float) -> Any:
    """Do it as if it were that much later."""

    async def moved(tx: Transaction) -> Any:
        tx.now += timedelta(**time)
        return await attempt(tx)

    return await database.transact(moved)


async def test_rule_14_a_booking_takes_the_seat_and_holds_the_oldest_vouchers(database: Database) -> None:
    session, person = await new_session(database, hours=2), await new_person(database)
    await book(database, session, person)
    assert await use(database, person) == (3, 2, 0)
    async with database.reading() as reading:
        found = await queries.session(reading, session)
        assert found.taken == 1
        assert [(entry.state_before, entry.state_after) for entry in await queries.ledger(reading, person)] == [
            ("available", "held")
        ] * 2


async def test_rule_14_the_last_seat_goes_to_exactly_one_of_fifty(database: Database) -> None:
    session = await new_session(database, capacity=1)
    people = [await new_person(database) for _ in range(50)]
    answers = await asyncio.gather(*(outcome(book(database, session, person)) for person in people))
    assert sorted(answers) == ["SessionFull"] * 49 + ["done"]
    held = [await use(database, person) for person in people]
    assert sorted(held) == [(4, 1, 0)] + [(5, 0, 0)] * 49


async def test_rule_14_without_the_row_lock_and_the_index_the_last_seat_is_sold_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    async def unlocked(tx: Transaction, session_id: SessionId) -> Session:
        session = await queries.session(tx, session_id)
        await asyncio.sleep(0.05)
        return session

    session = await new_session(database, capacity=1)
    people = [await new_person(database) for _ in range(10)]
    await database.transact(lambda tx: tx.execute(text("DROP INDEX uq_bookings_seat")))
    monkeypatch.setattr(queries, "session_locked", unlocked)
    answers = await asyncio.gather(*(outcome(book(database, session, person)) for person in people))
    assert answers.count("done") > 1


async def test_rule_14_one_person_at_many_sessions_at_once_never_holds_more_than_five(database: Database) -> None:
    person = await new_person(database)
    sessions = [await new_session(database, starts=TOMORROW + timedelta(hours=2 * number)) for number in range(20)]
    answers = await asyncio.gather(*(outcome(book(database, session, person)) for session in sessions))
    assert sorted(answers) == ["NotEnoughVouchers"] * 15 + ["done"] * 5
    assert await use(database, person) == (0, 5, 0)


async def test_rule_14_overlapping_sessions_are_refused_by_the_rule_and_by_the_database(database: Database) -> None:
    person = await new_person(database)
    first = await new_session(database, hours=2)
    second = await new_session(database, starts=TOMORROW + timedelta(hours=1))
    await book(database, first, person)
    with pytest.raises(OverlapsAnother):
        await book(database, second, person)
    copy = """
        INSERT INTO bookings SELECT uuidv7(), :second, beneficiary_id, seat, state, starts_at, ends_at, price, moved,
        booked_at, by_kind, by_id FROM bookings
    """
    with pytest.raises(Exception, match="ex_bookings_one_place_at_a_time"):
        await database.transact(lambda tx: tx.execute(text(copy), {"second": second}))


@pytest.mark.parametrize(
    ("attack", "guard"),
    [
        ("UPDATE sessions SET free_seats = array_fill(1, ARRAY[99])", "ck_sessions_seats"),
        ("UPDATE vouchers SET state = 'held', booking_id = NULL", "ck_vouchers_held_for_a_booking"),
        ("UPDATE vouchers SET state = 'spent'", "ck_vouchers_state"),
        (
            """INSERT INTO ledger (beneficiary_id, voucher_id, state_before, state_after, reason, by_kind, at)
            SELECT beneficiary_id, id, 'void', 'consumed', '', 'system', now() FROM vouchers""",
            "ck_ledger_move",
        ),
    ],
)
async def test_rules_14_and_15_hold_in_sql_alone(database: Database, attack: str, guard: str) -> None:
    await new_session(database)
    await new_person(database)
    with pytest.raises(Exception, match=guard):
        await database.transact(lambda tx: tx.execute(text(attack)))


async def test_rule_15_the_state_is_the_fold_of_the_ledger(database: Database) -> None:
    session, person = await new_session(database), await new_person(database)
    done = await book(database, session, person)
    await database.transact(lambda tx: usecases.cancel(tx, done.id, by=BY, reason="essai", cut_off=timedelta(hours=4)))
    await book(database, session, person)
    fold = """
        SELECT v.id FROM vouchers v LEFT JOIN LATERAL (
            SELECT state_after FROM ledger l WHERE l.voucher_id = v.id ORDER BY l.id DESC LIMIT 1) last ON true
        WHERE v.state <> coalesce(last.state_after, 'available')
    """
    async with database.reading() as reading:
        assert not (await reading.execute(text(fold))).all()
    assert await use(database, person) == (4, 1, 0)


async def test_rule_16_cancelling_gives_back_until_the_cut_off(database: Database) -> None:
    session, person = await new_session(database), await new_person(database)
    done = await book(database, session, person)

    async def cancel(tx: Transaction) -> object:
        return await usecases.cancel(tx, done.id, by=BY, reason="empêchée", cut_off=timedelta(hours=4))

    with pytest.raises(TooLateToCancel):
        await later(database, cancel, hours=22)
    assert await use(database, person) == (4, 1, 0)
    await database.transact(cancel)
    assert await use(database, person) == (5, 0, 0)
    with pytest.raises(AlreadyMarked):
        await database.transact(cancel)


async def test_rule_16_a_session_cancelled_by_the_organiser_gives_everything_back(database: Database) -> None:
    session = await new_session(database)
    people = [await new_person(database) for _ in range(3)]
    for person in people:
        await book(database, session, person)
    news = SessionCancelled(session_id=session, version=2, reason="médiateur malade")
    await database.transact(lambda tx: consumers.on_catalogue(tx, [news, news]))
    assert [await use(database, person) for person in people] == [(5, 0, 0)] * 3
    with pytest.raises(SessionOver):
        await book(database, session, people[0])


async def test_rule_17_attended_spends_first_absence_does_not_second_does(database: Database) -> None:
    person = await new_person(database)
    marks = []
    for number, attended in enumerate((True, False, False)):
        session = await new_session(database, starts=TOMORROW + timedelta(hours=3 * number))
        done = await book(database, session, person)
        with pytest.raises(NotStarted):
            await database.transact(lambda tx, id_=done.id: usecases.mark(tx, id_, attended=True, by=BY))  # type: ignore[misc]

        async def mark(tx: Transaction, id_: Any = done.id, attended: bool = attended) -> object:  # noqa: FBT001 - bound
            return await usecases.mark(tx, id_, attended=attended, by=BY)

        await later(database, mark, days=2)
        marks.append(await use(database, person))
    assert marks == [(4, 0, 1), (4, 0, 1), (3, 0, 2)]
    async with database.reading() as reading:
        assert (await queries.wallet(reading, person)).hours_followed == 1


async def test_rule_13_who_is_booked_follows_the_session_to_its_new_time(database: Database) -> None:
    person = await new_person(database)
    first, second = await new_session(database), await new_session(database, starts=TOMORROW + timedelta(hours=5))
    await book(database, first, person)
    await book(database, second, person)
    state = scheduled(version=2, starts=TOMORROW + timedelta(hours=5)).model_dump()
    news = SessionChanged(**{**state, "session_id": first}, changed=("time",), reason="salle prise")
    await database.transact(lambda tx: consumers.on_catalogue(tx, [news]))
    async with database.reading() as reading:
        starts = {booking.starts_at for booking in await queries.confirmed_of(reading, person)}
        said = (await reading.scalars(text("SELECT headers->>'ce_type' FROM outbox ORDER BY id DESC LIMIT 2"))).all()
    assert starts == {TOMORROW + timedelta(hours=5)}
    assert list(said) == ["session.filled.v1", "booking.moved.v1"]


@pytest.mark.parametrize(("taken", "capacity", "free"), [(3, 2, 0), (3, 5, 2), (0, 1, 1)])
async def test_rule_13_nobody_loses_a_seat_when_the_capacity_changes(
    database: Database, taken: int, capacity: int, free: int
) -> None:
    session = await new_session(database, capacity=4)
    for _ in range(taken):
        await book(database, session, await new_person(database))
    news = SessionChanged(
        **{**scheduled(version=2, capacity=capacity).model_dump(), "session_id": session},
        changed=("capacity",),
        reason="",
    )
    await database.transact(lambda tx: consumers.on_catalogue(tx, [news]))
    async with database.reading() as reading:
        assert len((await queries.session(reading, session)).free_seats) == free


async def test_rule_18_those_who_wait_keep_their_order(database: Database) -> None:
    session = await new_session(database, capacity=1)
    people = [await new_person(database) for _ in range(4)]
    await book(database, session, people[0])
    with pytest.raises(SessionFull):
        await book(database, session, people[1])
    places = [
        (await database.transact(lambda tx, who=who: usecases.join_waiting_list(tx, session, who))).place  # type: ignore[misc]
        for who in (*people[1:], people[1])
    ]
    assert places == [1, 2, 3, 1]


async def test_a_refusal_leaves_no_trace(database: Database) -> None:
    session, person = await new_session(database, hours=4), await new_person(database)
    await book(database, session, person)
    other = await new_session(database, starts=TOMORROW + timedelta(hours=9), hours=2)
    async with database.reading() as reading:
        before = (await reading.execute(text("SELECT count(*) FROM outbox"))).scalar_one()
    with pytest.raises(NotEnoughVouchers):
        await book(database, other, person)
    async with database.reading() as reading:
        assert (await reading.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == before
        assert (await queries.session(reading, other)).taken == 0
