"""Rule 15: the state is the fold of the ledger; books that end, vouchers corrected; what `audit` sees."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis import migration
from chassis.clock import Clock
from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BookCancelled, BookCorrected, BookExpired, BookPrescribed
from contracts.words import Actor
from deploy.local.servers import ROOT
from services.booking import queries
from services.booking.audit import audit, faults
from services.booking.model import Record
from tests.booking.answers import use
from tests.booking.conftest import book, cancel, deliver, mark, new_person, new_session
from tests.booking.events import TOMORROW, prescribed

BY = Actor(kind="administrator")


async def person_with(database: Database) -> BookPrescribed:
    event = prescribed(BeneficiaryId(uuid7()))
    await deliver(database, event)
    return event


async def states(database: Database, person: BeneficiaryId) -> Sequence[str]:
    async with database.reading() as reading:
        return [voucher.state for voucher in (await queries.wallet(reading, person)).vouchers]


async def test_rule_15_a_life_of_vouchers_leaves_no_gap_between_state_and_ledger(database: Database) -> None:
    person = await new_person(database)
    first, second = await new_session(database), await new_session(database, starts=TOMORROW + timedelta(hours=3))
    await cancel(database, await book(database, first, person))
    await mark(database, await book(database, first, person), attended=True)
    await mark(database, await book(database, second, person), attended=False)
    async with database.reading() as reading:
        assert [fault async for fault in faults(reading)] == []
    assert await use(database, person) == (4, 0, 1)


async def test_rule_7_a_cancelled_book_ends_what_is_left_now_and_what_is_held_when_it_comes_back(
    database: Database,
) -> None:
    event = await person_with(database)
    booking = await book(database, await new_session(database), event.beneficiary_id)
    gone = BookCancelled(book_id=event.book_id, beneficiary_id=event.beneficiary_id, reason="erreur", by=BY)
    await deliver(database, gone, gone)
    assert await states(database, event.beneficiary_id) == ["held", "void", "void", "void", "void"]
    await cancel(database, booking)
    assert await states(database, event.beneficiary_id) == ["void"] * 5


async def test_rule_8_an_expired_book_keeps_the_hours_that_are_booked(database: Database) -> None:
    event = await person_with(database)
    booking = await book(database, await new_session(database), event.beneficiary_id)
    over = BookExpired(book_id=event.book_id, beneficiary_id=event.beneficiary_id, expired_on=TOMORROW.date())
    await deliver(database, over)
    await mark(database, booking, attended=True)
    assert await states(database, event.beneficiary_id) == ["consumed", *["expired"] * 4]


async def test_rule_7_an_hour_is_given_back_and_a_voucher_voided_with_a_reason(database: Database) -> None:
    event = await person_with(database)
    person = event.beneficiary_id
    await mark(database, await book(database, await new_session(database), person), attended=True)

    def corrected(number: int, before: str, after: str) -> BookCorrected:
        return BookCorrected.model_validate(
            {
                "book_id": event.book_id,
                "beneficiary_id": person,
                "voucher_id": event.voucher_ids[number],
                "state_before": before,
                "state_after": after,
                "reason": "la salle était fermée",
                "by": BY,
            }
        )

    await deliver(database, corrected(0, "consumed", "available"), corrected(4, "available", "void"))
    assert await states(database, person) == [*["available"] * 4, "void"]
    await deliver(database, corrected(4, "available", "void"), corrected(4, "void", "available"))
    assert await states(database, person) == ["available"] * 5
    async with database.reading() as reading:
        causes = {(move.reason, move.by_kind) for move in await queries.ledger(reading, person)}
    assert ("la salle était fermée", "administrator") in causes


SPOILED = {
    "UPDATE sessions SET seats_given = seats_given + 1": "places ne font pas le compte",
    "UPDATE sessions SET waiting = 3": "liste d'attente ne fait pas le compte",
    "UPDATE bookings SET price = 2": "ne tient pas son nombre de chèques",
    "UPDATE bookings SET state = 'cancelled'": "réservé sans réservation en cours",
    "UPDATE bookings SET state = 'attended'": "heures ne sont pas celles de ses présences",
    "UPDATE sessions SET seats_back = ARRAY[1], seats_given = 2": "libre et prise",
}


@pytest.mark.parametrize(("attack", "seen"), SPOILED.items())
async def test_rule_15_the_audit_sees_what_the_schema_can_not_hold(
    site: Site, database: Database, attack: str, seen: str
) -> None:
    await book(database, await new_session(database), await new_person(database))
    await audit(site.runtime, [])
    await database.transact(lambda tx: tx.execute(text(attack)))
    with pytest.raises(SystemExit, match=seen):
        await audit(site.runtime, [])


OLD = """
INSERT INTO wallets VALUES ('{p}', 3, 1, '2026-11-02', 0, 0);
INSERT INTO vouchers SELECT v::uuid, '{p}', '{b}', 1, position, state, booking::uuid FROM (VALUES
    ('00000000-0000-0000-0000-000000000001', 1, 'consumed', '{k}'), ('00000000-0000-0000-0000-000000000002', 2,
    'available', NULL), ('00000000-0000-0000-0000-000000000003', 3, 'consumed', '{c}'))
    AS old (v, position, state, booking);
INSERT INTO sessions VALUES ('{s}', 1, 'scheduled', '{p}', 'A', 'A', '', '{{"space_id": "{b}"}}', '{p}',
    '2026-11-02 09:00+00', '2026-11-02 10:00+00', 1, 2, ARRAY[2], 4, 1);
INSERT INTO bookings VALUES ('{k}', '{s}', '{p}', 1, 'attended', '2026-11-02 09:00+00', '2026-11-02 10:00+00', 1,
    false, now(), 'mediator', NULL), ('{c}', '{s}', '{p}', 2, 'cancelled', '2026-11-02 09:00+00',
    '2026-11-02 10:00+00', 1, false, now(), 'mediator', NULL);
INSERT INTO ledger (beneficiary_id, voucher_id, state_before, state_after, reason, booking_id, by_kind, at) VALUES
    ('{p}', '00000000-0000-0000-0000-000000000001', 'available', 'held', 'réservation', '{k}', 'mediator', now()),
    ('{p}', '00000000-0000-0000-0000-000000000001', 'held', 'consumed', 'présence', '{k}', 'mediator', now()),
    ('{p}', '00000000-0000-0000-0000-000000000003', 'available', 'held', 'réservation', '{c}', 'mediator', now()),
    ('{p}', '00000000-0000-0000-0000-000000000003', 'held', 'consumed', 'empêchée', '{c}', 'beneficiary', now())
"""


async def test_rule_15_a_ledger_written_before_becomes_a_chain_and_nothing_of_it_is_lost(
    database_url: str,
) -> None:
    """From the shape of 0002, as a county would upgrade it."""
    folder = ROOT / "services" / "booking" / "migrations"
    await asyncio.to_thread(migration.migrate_now, database_url, folder, Record.metadata, "0002")
    database = Database(database_url, clock=Clock())
    ids = {name: UUID(int=number) for number, name in enumerate("pbksc", 10)}
    for statement in OLD.format(**ids).strip().split(";\n"):
        await database.transact(lambda tx, query=statement: tx.execute(text(query)))  # type: ignore[misc]
    await asyncio.to_thread(migration.migrate_now, database_url, folder, Record.metadata)
    async with database.reading() as reading:
        assert [fault async for fault in faults(reading)] == []
        moves = [(move.number, move.state_after) for move in await queries.ledger(reading, BeneficiaryId(ids["p"]))]
        wallet = await queries.wallet(reading, BeneficiaryId(ids["p"]))
        late = [
            booking.state
            for booking, _ in await queries.bookings_of(reading, BeneficiaryId(ids["p"]))
            if booking.late_at
        ]
    await database.close()
    assert sorted(moves) == [(0, "available")] * 3 + [(1, "held")] * 2 + [(2, "consumed")] * 2
    assert late == ["cancelled"], "what a late cancellation cost before is known afterwards too"
    assert str(wallet.last_hour_on) == "2026-11-02"
