"""Bookings a second with 10,000 stored bookings and with 1,000,000: an old county books as fast as a new one.

`python -m tests.benchmarks.growth` writes `docs/plans/booking.md`: how the database answers there.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from chassis.db import Database, Reading, chassis_tables
from contracts.ids import BeneficiaryId, MediatorId, SessionId
from deploy.local.servers import ROOT, Servers, removed
from services.booking import queries
from services.booking.model import Record
from services.booking.web.attendance import SEATED
from tests.benchmarks.booking import BOOKINGS, ROUNDS, SESSIONS, by_batcher, rate, stage
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Line, against
from tests.statements import overheard

FEW, MANY = 10_000, 1_000_000
LONG_LIST = re.compile(r"(\{[^}]{36})[^}]+}")
FILE = ROOT / "docs" / "plans" / "booking.md"
HEAD = f"""# Plans of booking, with {MANY:,} stored bookings

Made by `python -m tests.benchmarks.growth`, from the statements as they are asked: {MANY // 40:,} people with forty
vouchers each, 50 mediators with {MANY // 40 // 50} people each.

"""
FILES = """
INSERT INTO files (beneficiary_id, state, mediator_id, opened_at, proposed_at, accepted_at, needs, plan, plan_version)
    SELECT beneficiary_id, 'accepted', md5('m' || row_number() OVER (ORDER BY beneficiary_id) % 50)::uuid, now(), now(),
        now(), '{}', '{}', 0 FROM wallets
"""

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
    book = by_batcher(database)
    return [
        await rate(book, sessions, people[start : start + BOOKINGS], []) for start in range(0, len(people), BOOKINGS)
    ]


async def _superuser(ground: Ground, database: Database) -> Any:
    return await asyncpg.connect(ground.servers.postgres.dsn.rpartition("/")[0] + "/" + database.url.rpartition("/")[2])


async def _fill(ground: Ground, database: Database, first: int, last: int) -> None:
    """By the superuser, who may leave the checks of foreign keys out."""
    connection = await _superuser(ground, database)
    async with connection.transaction():
        for statement in FILL.format(first=first, last=last).strip().split(";\n"):
            await connection.execute(statement)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def written(ground: Ground) -> str:
    """Each question that a booking, a resident's link or a mediator's desk asks of the large tables."""
    database = await ground.database(chassis_tables, Record.metadata)
    await _fill(ground, database, 0, MANY)
    connection = await _superuser(ground, database)
    await connection.execute(FILES)
    await connection.execute("VACUUM ANALYZE")
    people = {row[0] for row in await connection.fetch("SELECT beneficiary_id FROM wallets LIMIT 64")}
    person = BeneficiaryId(next(iter(people)))
    mediator = MediatorId(UUID(str(await connection.fetchval("SELECT mediator_id FROM files LIMIT 1"))))
    sessions = {row[0] for row in await connection.fetch("SELECT id FROM sessions LIMIT 12")}
    session = SessionId(next(iter(sessions)))
    asked: dict[str, Callable[[Reading], Awaitable[Any]]] = {
        "The seats that 64 people have": lambda reading: queries.seats_by_person(reading, people),
        "A person's wallet and its vouchers": lambda reading: queries.wallet(reading, person),
        "A booking by the code of its link": lambda reading: queries.booking_of_code(reading, "c500000"),
        "A person's ledger": lambda reading: queries.ledger(reading, person),
        "A session's attendance sheet": lambda reading: queries.bookings_in(reading, session, *SEATED),
        "Which sessions of a mediator are still to be marked": lambda reading: queries.unmarked(reading, sessions),
        "A mediator's people": lambda reading: queries.people_in_care(reading, mediator, database.clock.now()),
    }
    shown = [await _plans(database, connection, heading, ask) for heading, ask in asked.items()]
    await connection.close()
    await database.close()
    return HEAD + "\n".join(shown)


async def _plans(database: Database, connection: Any, heading: str, ask: Callable[[Reading], Awaitable[Any]]) -> str:
    with overheard(database) as statements:
        async with database.reading() as reading:
            await ask(reading)
    parts = []
    for statement, values in statements:
        lines = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}", *values)
        parts.append("```\n" + "\n".join(LONG_LIST.sub(r"\1, …}", line[0]) for line in lines) + "\n```\n")
    return f"## {heading}\n\n" + "\n".join(parts)


def main() -> None:
    folder = ROOT / ".local" / "plans"
    with Servers.started(folder, afresh=True) as servers:
        FILE.write_text(asyncio.run(written(Ground(servers))), encoding="utf-8")
    removed(folder)


if __name__ == "__main__":
    main()
