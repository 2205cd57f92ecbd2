"""Bookings a second with 10,000 stored bookings and with 1,000,000: an old county books as fast as a new one."""

from collections.abc import Sequence

import asyncpg

from chassis.db import Database, chassis_tables
from contracts.ids import BeneficiaryId, SessionId
from services.booking.model import Record
from tests.benchmarks.booking import BOOKINGS, ROUNDS, SESSIONS, by_lane, rate, stage
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Line, against

FEW, MANY = 10_000, 1_000_000

# A person has forty hours in a life; each hour is a booking, a spent voucher and three lines of the ledger.
FILL = """
SET LOCAL session_replication_role = replica;
INSERT INTO wallets (beneficiary_id, version, hours_followed, absences, late_cancellations)
    SELECT md5('w' || n)::uuid, 1, 40, 0, 0 FROM generate_series({first} / 40, {last} / 40 - 1) AS n;
INSERT INTO sessions (id, version, state, training_id, training_code, training_title, bring, place, space_id,
        mediator_id, starts_at, ends_at, price, capacity, told_capacity, seats_given, seats_back, offered, waiting,
        last_place, fill_version)
    SELECT md5('s' || n)::uuid, 1, 'scheduled', md5('t')::uuid, 'A-01', 'Essai', '', '{{}}', md5('p')::uuid,
        md5('m' || n % 50)::uuid, now() - n * interval '1 hour', now() - n * interval '1 hour' + interval '1 hour', 1,
        10, 10, 10, '{{}}', 0, 0, 0, 10 FROM generate_series({first} / 10, {last} / 10 - 1) AS n;
INSERT INTO bookings (id, session_id, beneficiary_id, seat, state, code, starts_at, ends_at, price, moved, booked_at,
        by_kind)
    SELECT md5('b' || n)::uuid, md5('s' || n / 10)::uuid, md5('w' || n / 40)::uuid, n % 10 + 1, 'attended', 'c' || n,
        now() - n / 10 * interval '1 hour', now() - n / 10 * interval '1 hour' + interval '1 hour', 1, false, now(),
        'mediator' FROM generate_series({first}, {last} - 1) AS n;
INSERT INTO vouchers (id, beneficiary_id, book_id, rank, position, state, moves, booking_id)
    SELECT md5('v' || n)::uuid, md5('w' || n / 40)::uuid, md5('k' || n / 5)::uuid, n % 40 / 5 + 1, n % 5 + 1,
        'consumed', 2, md5('b' || n)::uuid FROM generate_series({first}, {last} - 1) AS n;
INSERT INTO ledger (voucher_id, number, previous, beneficiary_id, state_before, state_after, reason, by_kind, at)
    SELECT md5('v' || n)::uuid, number, previous, md5('w' || n / 40)::uuid, state_before, state_after, '', 'mediator',
        now() FROM generate_series({first}, {last} - 1) AS n, (VALUES (0, NULL, NULL, 'available'),
        (1, 0, 'available', 'held'), (2, 1, 'held', 'consumed')) AS moves (number, previous, state_before, state_after)
"""


async def grow(ground: Ground) -> Line:
    """The same requests before and after the table has grown, in one database."""
    database = await ground.database(chassis_tables, Record.metadata)
    await _fill(ground, database, 0, FEW)
    sessions, people = await stage(database, SESSIONS, 2 * ROUNDS * BOOKINGS)
    few = await _rates(database, sessions, people[: ROUNDS * BOOKINGS])
    await _fill(ground, database, FEW, MANY)
    many = await _rates(database, sessions, people[ROUNDS * BOOKINGS :])
    await database.close()
    return against(f"bookings with {MANY:,} stored, against {FEW:,} stored", many, few, "≥ 0.8")


async def _rates(database: Database, sessions: Sequence[SessionId], people: Sequence[BeneficiaryId]) -> list[float]:
    book = by_lane(database)
    return [
        await rate(book, sessions, people[start : start + BOOKINGS], []) for start in range(0, len(people), BOOKINGS)
    ]


async def _fill(ground: Ground, database: Database, first: int, last: int) -> None:
    """By the superuser, who may leave the checks of foreign keys out."""
    url = ground.servers.postgres.dsn.rpartition("/")[0] + "/" + database.url.rpartition("/")[2]
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        for statement in FILL.format(first=first, last=last).strip().split(";\n"):
            await connection.execute(statement)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
