"""python -m tests.benchmarks.bare PORT DSN: the least that can answer a booking by HTTP, as a raw limit.

Bare ASGI in uvicorn, and asyncpg with the statements of a booking, a transaction each. A GET touches nothing.
"""

import sys
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import uvicorn

CONNECTIONS = 20  # as many as a service has by default
MEDIATOR = UUID(int=3)
MADE = orjson.dumps({"id": ""})
JSON = [(b"content-type", b"application/json")]


class Bare:
    """An ASGI application."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.pool: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.run(receive, send)
            return
        if scope["method"] == "POST":
            wish = orjson.loads(await whole(receive))
            await book_by_asyncpg(self.pool, UUID(wish["session_id"]), UUID(wish["beneficiary_id"]))
        await send({"type": "http.response.start", "status": 201, "headers": JSON})
        await send({"type": "http.response.body", "body": MADE})

    async def run(self, receive: Any, send: Any) -> None:
        await receive()
        self.pool = await asyncpg.create_pool(self.dsn, min_size=CONNECTIONS, max_size=CONNECTIONS)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


async def whole(receive: Any) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def book_by_asyncpg(pool: Any, session: UUID, person: UUID) -> None:
    async with pool.acquire() as connection, connection.transaction():
        found = await connection.fetchrow("SELECT * FROM sessions WHERE id = $1 FOR UPDATE", session)
        await connection.fetchrow("SELECT * FROM wallets WHERE beneficiary_id = $1 FOR UPDATE", person)
        vouchers = await connection.fetch(
            "SELECT * FROM vouchers WHERE beneficiary_id = $1 ORDER BY rank, position", person
        )
        await connection.fetch("SELECT * FROM bookings WHERE beneficiary_id = $1 AND state = 'confirmed'", person)
        await _write(connection, found, vouchers[0], person)


async def _write(connection: Any, session: Any, voucher: Any, person: UUID) -> None:
    booking, seat = uuid4(), session["seats_given"] + 1
    await connection.execute(
        "INSERT INTO bookings (id, session_id, beneficiary_id, seat, state, code, starts_at, ends_at, price, moved, "
        "booked_at, by_kind, by_id) VALUES ($1, $2, $3, $4, 'confirmed', $5, $6, $7, 1, false, now(), 'mediator', $8)",
        booking, session["id"], person, seat, booking.hex, session["starts_at"], session["ends_at"], MEDIATOR,
    )  # fmt: skip
    await connection.execute(
        "UPDATE vouchers SET state = 'held', moves = 1, booking_id = $2 WHERE id = $1", voucher["id"], booking
    )
    await connection.execute(
        "INSERT INTO ledger (beneficiary_id, voucher_id, number, previous, state_before, state_after, reason, "
        "booking_id, by_kind, by_id, at) VALUES ($1, $2, 1, 0, 'available', 'held', 'réservation', $3, 'mediator', "
        "$4, now())",
        person, voucher["id"], booking, MEDIATOR,
    )  # fmt: skip
    await connection.execute("UPDATE wallets SET version = version + 1 WHERE beneficiary_id = $1", person)
    await connection.execute(
        "UPDATE sessions SET seats_given = $2, fill_version = fill_version + 1 WHERE id = $1", session["id"], seat
    )
    headers = orjson.dumps({"ce_type": "booking.confirmed.v2", "ce_id": str(booking)}).decode()
    said = [(uuid4(), "booking.events", str(person), headers, b"x" * 400) for _ in range(3)]
    await connection.executemany(
        "INSERT INTO outbox (event_id, topic, key, headers, body) VALUES ($1, $2, $3, $4, $5)", said
    )


def main(port: str, dsn: str) -> None:
    uvicorn.run(Bare(dsn), port=int(port), loop="uvloop", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
