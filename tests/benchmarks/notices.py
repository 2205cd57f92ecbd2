"""Notices: 10,000 at the end of the night beside a fresh booking; a provider that fails half-way; how fast it is left.

`BENCH_SECONDS=300` for the long run of the second.
"""

import asyncio
import contextlib
import os
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from chassis import migration, periodic
from chassis.clock import Clock
from chassis.db import Database
from chassis.periodic import Job, in_transaction
from contracts.ids import BeneficiaryId, BookingId, uuid7
from deploy.local.servers import ROOT
from services.notifications import consumers, queries
from services.notifications.delivery import Dispatch, ask_about_unclear
from services.notifications.model import Notice, Record
from services.notifications.settings import Settings
from services.notifications.usecases import providers
from tests.actors import settings_for
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Line, percentile
from tests.notifications.events import confirmed, scheduled, stated
from tests.outside import Outside, opened

AT_ONCE, PER_SECOND = int(os.environ.get("BENCH_DUE", "10000")), 100  # due together; a second, of each of two providers
PATIENCE = 300  # seconds
FRESH_EVERY = 0.25  # seconds between two bookings meanwhile
EVENTS, SECONDS = 50, int(os.environ.get("BENCH_SECONDS", "60"))
WITHIN = timedelta(seconds=10)
SESSION = scheduled()


async def notices(ground: Ground) -> list[Line]:
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder), "http://127.0.0.1:1/api/notifications/receipts/sms") as outside,
    ):
        lines = [await _morning(ground, outside)]
        for fault, words in (("refuse", "refuses"), ("time_out", "goes silent")):
            lines += await _half_way(ground, outside, fault, words)
            outside.mended()
        return lines


def _settings(url: str, outside: Outside, per_second: int) -> Settings:
    accounts = outside.accounts("ovh", "brevo", per_second=per_second, per_day=10**6)
    return settings_for(Settings, url, **{**outside.settings(), "sms": accounts, "quiet_hours": False})


@contextlib.asynccontextmanager
async def _sending(ground: Ground, outside: Outside, per_second: int) -> AsyncIterator[tuple[Database, Settings]]:
    """A database in the shape of the service, and its jobs at work."""
    url = await ground.servers.postgres.create_database(f"b_{uuid7().hex[-10:]}")
    folder = ROOT / "services" / "notifications" / "migrations"
    await asyncio.to_thread(migration.migrate_now, url, folder, Record.metadata)
    database, settings = Database(url, clock=Clock(), pool_size=20), _settings(url, outside, per_second)
    await database.transact(lambda tx: consumers.on_catalogue(tx, [SESSION]))
    dispatch = Dispatch.of(settings)
    jobs = (
        Job("send notices", 0.1, dispatch.run),
        Job("ask about the unclear", 2, lambda database: ask_about_unclear(database, dispatch)),
        in_transaction("watch providers", 2, lambda tx: providers.watch(tx, settings)),
    )
    work = [asyncio.create_task(periodic.run(job, database)) for job in jobs]
    yield database, settings
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    await dispatch.close()
    await database.close()


async def _morning(ground: Ground, outside: Outside) -> Line:
    """What is due since 08:00 leaves at the providers' rate; a booking made meanwhile does not wait for it."""
    async with _sending(ground, outside, PER_SECOND) as (database, _):
        await _due_at_once(database)
        before, fresh, began = _memory(), [], time.perf_counter()
        while await _waiting(database, "reminder_48h") and time.perf_counter() - began < PATIENCE:
            fresh += await _book(database, 1)
            await asyncio.sleep(FRESH_EVERY)
        took = time.perf_counter() - began
        delays = await _delays(database, fresh)
        grown = _memory() - before
    p50, p99 = (percentile(delays, part) * 1000 for part in (0.50, 0.99))
    return Line(
        f"{AT_ONCE:,} due at once, {len(fresh)} bookings meanwhile: their SMS",
        f"p50 {p50:.0f} ms, p99 {p99:.0f} ms",
        f"{AT_ONCE / took:,.0f}/s of {2 * PER_SECOND}/s",
        f"+{grown:.0f} MB",
        "p99 < 2 s, memory flat",
    )


def _memory() -> float:
    """The most that this process has used, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _due_at_once(database: Database) -> None:
    for start in range(0, AT_ONCE, 500):
        people = [BeneficiaryId(uuid7()) for _ in range(500)]
        contacts = [stated(person, phone=f"+33{start + index:08}5") for index, person in enumerate(people)]
        await database.transact(lambda tx, contacts=contacts: consumers.on_contacts(tx, contacts))  # type: ignore[misc]
        planned = [_reminder(person, database.clock.now()) for person in people]
        await database.transact(lambda tx, planned=planned: queries.plan(tx, planned))  # type: ignore[misc]


def _reminder(person: BeneficiaryId, now: datetime) -> Notice:
    booking = BookingId(uuid7())
    known = {"session_id": SESSION.session_id, "expires_at": SESSION.starts_at, "correlation": "bench"}
    return Notice.planned("reminder_48h", booking, person, now, booking_id=booking, **known)


async def _waiting(database: Database, kind: str) -> int:
    query = text(
        "SELECT count(*) FROM notices WHERE kind = :kind AND state IN ('scheduled', 'sending') AND due_at <= now()"
    )
    async with database.reading() as reading:
        return int((await reading.execute(query, {"kind": kind})).scalar_one())


async def _book(database: Database, count: int) -> list[BookingId]:
    people = [BeneficiaryId(uuid7()) for _ in range(count)]
    contacts = [stated(person, phone=f"+337{person.int % 10**8:08}") for person in people]
    bookings = [confirmed(person, SESSION) for person in people]
    await database.transact(lambda tx: consumers.on_contacts(tx, contacts))
    await database.transact(lambda tx: consumers.on_booking(tx, bookings))
    return [booking.booking_id for booking in bookings]


async def _delays(database: Database, bookings: Sequence[BookingId]) -> list[float]:
    """Seconds from the event to the provider's answer; those not sent yet count as never."""
    query = text(
        "SELECT CASE WHEN provider_id IS NOT NULL THEN extract(epoch FROM sent_at - created_at) END FROM notices "
        "WHERE about_id = ANY(:ids) AND kind = 'booking_confirmed' AND rank = 0"
    )
    async with database.reading() as reading:
        delays = await reading.scalars(query, {"ids": [*bookings]})
        return [float(seconds) if seconds is not None else float("inf") for seconds in delays]


async def _half_way(ground: Ground, outside: Outside, fault: str, words: str) -> list[Line]:
    """50 bookings a second; the preferred provider fails in the middle."""
    async with _sending(ground, outside, 2 * EVENTS) as (database, _):
        booked, began, failed_at, moved_at = list[BookingId](), time.perf_counter(), 0.0, 0.0
        while (now := time.perf_counter() - began) < SECONDS:
            booked += await _book(database, EVENTS // 10)
            if now >= SECONDS / 2 and not failed_at:
                outside.fault("ovh", fault)
                failed_at = time.perf_counter()
            if failed_at and not moved_at and not await _share(database):
                moved_at = time.perf_counter()
            await asyncio.sleep(max(0.0, began + len(booked) / EVENTS - time.perf_counter()))
        await asyncio.sleep(WITHIN.total_seconds() + 1)
        delays = await _delays(database, booked)
    within = sum(delay <= WITHIN.total_seconds() for delay in delays) / len(delays)
    what = f"{EVENTS} notices/s for {SECONDS} s, one provider {words} half-way"
    moved = f"{moved_at - failed_at:.0f} s" if moved_at else "not moved"
    return [
        Line(f"{what}: within 10 s", f"{within:.2%}", "", "", "≥ 99 %"),
        Line(f"{what}: until the traffic has moved", moved, "", "", "≤ 60 s"),
    ]


async def _share(database: Database) -> int:
    async with database.reading() as reading:
        return int((await reading.execute(text("SELECT share FROM providers WHERE name = 'ovh'"))).scalar() or 0)
