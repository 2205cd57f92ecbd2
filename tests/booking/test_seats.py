"""Rule 14: the seat and the vouchers, or neither; and what the schema holds by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from chassis.db import Database
from chassis.refusal import Refusal
from services.booking import queries
from services.booking.model import NotEnoughVouchers, OverlapsAnother, SessionFull
from tests.booking.answers import published, use
from tests.booking.conftest import book, new_person, new_session
from tests.booking.events import TOMORROW


async def test_rule_14_a_booking_takes_the_seat_and_holds_the_oldest_vouchers(database: Database) -> None:
    session, person = await new_session(database, hours=2), await new_person(database)
    await book(database, session, person)
    assert await use(database, person) == (3, 2, 0)
    async with database.reading() as reading:
        assert (await queries.session(reading, session)).taken == 1
        moves = [(entry.state_before, entry.state_after) for entry in await queries.ledger(reading, person)]
    assert moves == [(None, "available")] * 5 + [("available", "held")] * 2
    assert (await published(database))[-3:] == ["booking.confirmed", "wallet.changed", "session.filled"]


async def test_rule_14_overlapping_sessions_are_refused_by_the_rule_and_by_the_database(database: Database) -> None:
    person = await new_person(database)
    first = await new_session(database, hours=2)
    second = await new_session(database, starts=TOMORROW + timedelta(hours=1))
    await book(database, first, person)
    with pytest.raises(OverlapsAnother):
        await book(database, second, person)
    copy = """
        INSERT INTO bookings SELECT (jsonb_populate_record(b, jsonb_build_object(
            'id', uuidv7(), 'session_id', CAST(:second AS uuid), 'code', 'another'))).* FROM bookings b
    """
    with pytest.raises(Exception, match="ex_bookings_one_place_at_a_time"):
        await database.transact(lambda tx: tx.execute(text(copy), {"second": second}))


@pytest.mark.parametrize(
    ("attack", "guard"),
    [
        ("UPDATE sessions SET seats_given = 13", "ck_sessions_seats"),
        ("UPDATE sessions SET offered = -1", "ck_sessions_offered"),
        ("UPDATE sessions SET offered = 1", "ck_sessions_seats"),
        ("UPDATE vouchers SET state = 'held', booking_id = NULL", "ck_vouchers_held_for_a_booking"),
        ("UPDATE vouchers SET state = 'spent'", "ck_vouchers_state"),
        ("UPDATE vouchers SET state = 'void'", "fk_vouchers_last_move"),
        ("UPDATE vouchers SET moves = 1", "fk_vouchers_last_move"),
        ("DELETE FROM ledger", "fk_vouchers_last_move"),
        ("UPDATE ledger SET state_after = 'consumed'", "ck_ledger_move"),
        (
            """INSERT INTO ledger (beneficiary_id, voucher_id, number, previous, state_before, state_after, reason,
            by_kind, at) SELECT beneficiary_id, id, 1, 0, 'void', 'available', '', 'system', now() FROM vouchers""",
            "fk_ledger_previous_move",
        ),
        (
            """INSERT INTO ledger (beneficiary_id, voucher_id, number, previous, state_before, state_after, reason,
            by_kind, at) SELECT beneficiary_id, id, 1, 0, 'void', 'consumed', '', 'system', now() FROM vouchers""",
            "ck_ledger_move",
        ),
    ],
)
async def test_rule_15_seats_and_the_fold_of_the_ledger_hold_in_sql_alone(
    database: Database, attack: str, guard: str
) -> None:
    await new_session(database)
    await new_person(database)
    with pytest.raises(Exception, match=guard):
        await database.transact(lambda tx: tx.execute(text(attack)))


async def test_a_refusal_leaves_no_trace(database: Database) -> None:
    session, person = await new_session(database, hours=4), await new_person(database)
    await book(database, session, person)
    other = await new_session(database, starts=TOMORROW + timedelta(hours=9), hours=2)
    before = await published(database)
    with pytest.raises(NotEnoughVouchers):
        await book(database, other, person)
    assert await published(database) == before
    async with database.reading() as reading:
        assert (await queries.session(reading, other)).taken == 0


async def test_a_full_session_is_refused_with_what_to_do_next(database: Database) -> None:
    session = await new_session(database, capacity=1)
    await book(database, session, await new_person(database))
    with pytest.raises(SessionFull) as refusal:
        await book(database, session, await new_person(database))
    assert isinstance(refusal.value, Refusal)
    assert "liste d'attente" in refusal.value.sentence


@pytest.mark.parametrize(("available", "words"), [(0, "il n'en reste aucun."), (1, "il en reste 1.")])
def test_a_refusal_for_want_of_vouchers_reads_as_french(available: int, words: str) -> None:
    assert words in NotEnoughVouchers(2, available).sentence
