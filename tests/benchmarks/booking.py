"""The booking transaction through its use case, against the same statements by asyncpg; 64 clients at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from chassis import db
from chassis.db import Database, chassis_tables
from contracts.ids import BeneficiaryId, SessionId, uuid7
from contracts.words import Actor
from services.booking import consumers, usecases
from services.booking.model import Record
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Line, against
from tests.booking.conftest import TOMORROW, prescribed, scheduled

CLIENTS, BOOKINGS, ROUNDS, SESSIONS = 64, 1920, 3, 64
BY = Actor(kind="mediator", id=UUID(int=3))

Book = Callable[[SessionId, BeneficiaryId], Awaitable[object]]


async def book(ground: Ground) -> Line:
    """Bookings a second, spread over 64 sessions; a person books once."""
    ours: list[float] = []
    raw: list[float] = []
    for _ in range(ROUNDS):
        database = await ground.database(chassis_tables, Record.metadata)
        pool = await asyncpg.create_pool(db.dsn(database.url), min_size=CLIENTS, max_size=CLIENTS)
        sessions, people = await _stage(database)
        raw.append(await _rate(partial(_by_asyncpg, pool), sessions, people[:BOOKINGS]))
        ours.append(await _rate(partial(_by_use_case, database), sessions, people[BOOKINGS:]))
        await pool.close()
        await database.close()
    return against(f"booking through its use case, against asyncpg, {CLIENTS} clients", ours, raw, "next issue")


async def _stage(database: Database) -> tuple[list[SessionId], list[BeneficiaryId]]:
    events = [scheduled(TOMORROW + timedelta(hours=2 * n), capacity=BOOKINGS) for n in range(SESSIONS)]
    await database.transact(lambda tx: consumers.on_catalogue(tx, events))
    people = [BeneficiaryId(uuid7()) for _ in range(2 * BOOKINGS)]
    for start in range(0, len(people), 480):
        books = [prescribed(person) for person in people[start : start + 480]]
        await database.transact(lambda tx, books=books: consumers.on_prescription(tx, books))  # type: ignore[misc]
    return [event.session_id for event in events], people


async def _rate(book: Book, sessions: Sequence[SessionId], people: Sequence[BeneficiaryId]) -> float:
    waiting = [(sessions[number % len(sessions)], person) for number, person in enumerate(people)]
    waiting.reverse()

    async def client() -> None:
        while waiting:
            await book(*waiting.pop())

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return len(people) / (time.perf_counter() - began)


async def _by_use_case(database: Database, session: SessionId, person: BeneficiaryId) -> object:
    return await database.transact(lambda tx: usecases.book(tx, session, person, by=BY))


async def _by_asyncpg(pool: asyncpg.Pool, session: SessionId, person: BeneficiaryId) -> None:
    async with pool.acquire() as connection, connection.transaction():
        found = await connection.fetchrow("SELECT * FROM sessions WHERE id = $1 FOR UPDATE", session)
        await connection.fetch("SELECT beneficiary_id FROM wallets WHERE beneficiary_id = $1 FOR UPDATE", person)
        await connection.fetchrow("SELECT * FROM wallets WHERE beneficiary_id = $1", person)
        vouchers = await connection.fetch(
            "SELECT * FROM vouchers WHERE beneficiary_id = $1 ORDER BY rank, position", person
        )
        await connection.fetch("SELECT * FROM bookings WHERE beneficiary_id = $1 AND state = 'confirmed'", person)
        await _write(connection, found, vouchers[0], person)


async def _write(connection: Any, session: Any, voucher: Any, person: BeneficiaryId) -> None:
    booking, (seat, *free) = uuid4(), session["free_seats"]
    await connection.execute(
        "INSERT INTO bookings (id, session_id, beneficiary_id, seat, state, starts_at, ends_at, price, moved, "
        "booked_at, by_kind, by_id) VALUES ($1, $2, $3, $4, 'confirmed', $5, $6, 1, false, now(), 'mediator', $7)",
        booking, session["id"], person, seat, session["starts_at"], session["ends_at"], BY.id,
    )  # fmt: skip
    await connection.execute(
        "UPDATE vouchers SET state = 'held', booking_id = $2 WHERE id = $1", voucher["id"], booking
    )
    await connection.execute(
        "INSERT INTO ledger (beneficiary_id, voucher_id, state_before, state_after, reason, booking_id, by_kind, "
        "by_id, at) VALUES ($1, $2, 'available', 'held', 'réservation', $3, 'mediator', $4, now())",
        person, voucher["id"], booking, BY.id,
    )  # fmt: skip
    await connection.execute("UPDATE wallets SET version = version + 1 WHERE beneficiary_id = $1", person)
    await connection.execute(
        "UPDATE sessions SET free_seats = $2, fill_version = fill_version + 1 WHERE id = $1", session["id"], free
    )
    headers = orjson.dumps({"ce_type": "booking.confirmed.v1", "ce_id": str(booking)}).decode()
    said = [(uuid4(), "booking.events", str(person), headers, b"x" * 400) for _ in range(3)]
    await connection.executemany(
        "INSERT INTO outbox (event_id, topic, key, headers, body) VALUES ($1, $2, $3, $4, $5)", said
    )
