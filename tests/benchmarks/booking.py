"""Bookings through their use case and their batcher, against single transactions of asyncpg with the same statements.

64 clients at once: spread over 64 sessions, and all in one hot session.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import asyncpg

from chassis import db
from chassis.batching import Batcher
from chassis.db import Database, chassis_tables
from contracts.ids import BeneficiaryId, SessionId, uuid7
from contracts.words import Actor
from services.booking import usecases
from services.booking.model import Booking, Record
from services.booking.usecases import Request
from tests.benchmarks.bare import book_by_asyncpg
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Line, against, spread
from tests.booking.conftest import deliver
from tests.booking.events import TOMORROW, prescribed, scheduled
from tests.booking.on_paper import POLICY

CLIENTS, BOOKINGS, ROUNDS, SESSIONS = 64, 1920, 4, 64
BY = Actor(kind="mediator", id=UUID(int=3))

Book = Callable[[SessionId, BeneficiaryId], Awaitable[object]]


async def book(ground: Ground) -> list[Line]:
    """Bookings a second; a person books once."""
    cool = await _compared(ground, SESSIONS, BOOKINGS)
    hot = await _compared(ground, 1, BOOKINGS // 2)
    return [
        against(f"bookings by use case and batcher, {CLIENTS} clients, {SESSIONS} sessions", cool[0], cool[1], "≥ 1.2"),
        against(f"the same, one hot session, {CLIENTS} clients", hot[0], hot[1], "≥ 5"),
        spread("a booking in the hot session", hot[2], "p99 < 100 ms"),
    ]


async def _compared(ground: Ground, sessions: int, count: int) -> tuple[list[float], list[float], list[float]]:
    """Rates of ours and of asyncpg, round by round, and how long each of our clients waited."""
    ours: list[float] = []
    raw: list[float] = []
    waits: list[float] = []
    for _ in range(ROUNDS):
        database = await ground.database(chassis_tables, Record.metadata)
        pool = await asyncpg.create_pool(db.dsn(database.url), min_size=CLIENTS, max_size=CLIENTS)
        chosen, people = await stage(database, sessions, 2 * (count + CLIENTS))
        for way, rates, spent in ((partial(book_by_asyncpg, pool), raw, []), (by_batcher(database), ours, waits)):
            await rate(way, chosen, [people.pop() for _ in range(CLIENTS)], [])  # connections are opened
            rates.append(await rate(way, chosen, [people.pop() for _ in range(count)], spent))
        await pool.close()
        await database.close()
    return ours, raw, waits


async def stage(database: Database, count: int, people: int) -> tuple[list[SessionId], list[BeneficiaryId]]:
    events = [scheduled(TOMORROW + timedelta(hours=2 * n), capacity=2 * BOOKINGS) for n in range(count)]
    await deliver(database, *events)
    ids = [BeneficiaryId(uuid7()) for _ in range(people)]
    for start in range(0, people, 480):
        await deliver(database, *map(prescribed, ids[start : start + 480]))
    return [event.session_id for event in events], ids


async def rate(book: Book, sessions: Sequence[SessionId], people: Sequence[BeneficiaryId], waits: list[float]) -> float:
    waiting = [(sessions[number % len(sessions)], person) for number, person in enumerate(people)]
    waiting.reverse()

    async def client() -> None:
        while waiting:
            asked = time.perf_counter()
            await book(*waiting.pop())
            waits.append(time.perf_counter() - asked)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return len(people) / (time.perf_counter() - began)


def by_batcher(database: Database) -> Book:
    batcher: Batcher[Request, Booking] = Batcher(database, partial(usecases.book_batch, policy=POLICY))
    return lambda session, person: batcher.ask(Request(session, person, BY))
