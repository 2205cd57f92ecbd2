"""Bookings by HTTP: one instance of booking with its default pool, the other services following on the same machine.

Against the least that can answer the same: bare ASGI and asyncpg with the same statements (`tests.benchmarks.bare`).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp
import orjson

from chassis.db import chassis_tables
from deploy.local.system import System
from services.booking.model import Record
from services.booking.wording import CANCELLATIONS
from tests.benchmarks import processes, residents
from tests.benchmarks.booking import stage
from tests.benchmarks.ground import Ground
from tests.benchmarks.residents import Wish
from tests.benchmarks.table import Line, percentile

LEVELS = {1: 60, 16: 600, 64: 900, 256: 900}  # clients: bookings
AIMS = {1: "", 16: "≥ 300/s", 64: "p99 < 1 s", 256: "as many as 16"}
CROWDS = (200, 400)
WARMING = 50
LITTLE = 0.05  # milliseconds
PEOPLE, SESSIONS = 530, 13
FIRST_NUMBER = 2000
MADE = 201


@dataclass
class Run:
    """`seconds` of each answer, `took` altogether; `made`: the ids of what was made."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    took: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.took

    def __str__(self) -> str:
        p50, p99 = (percentile(self.seconds, part) * 1000 for part in (0.5, 0.99))
        return f"{self.rate:,.0f}/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms"


@dataclass(frozen=True)
class Side:
    """Whom the clients ask, what is still to be booked there, and which processes have to do with it."""

    client: aiohttp.ClientSession
    wishes: list[Wish]
    processes: Mapping[str, int]

    async def book(self, clients: int, count: int) -> tuple[Run, dict[str, float]]:
        """Return also the milliseconds of CPU a booking, by process."""
        chosen = [self.wishes.pop() for _ in range(count)]
        before = {name: processes.cpu(pid) for name, pid in self.processes.items()}
        run = await asked(self.client, clients, [("/api/booking/bookings", wish) for wish in chosen])
        spent = {name: processes.cpu(pid) - before[name] for name, pid in self.processes.items()}
        return run, {name: seconds / count * 1000 for name, seconds in spent.items()}


async def bookings(system: System) -> list[Line]:
    people = residents.phones(FIRST_NUMBER, PEOPLE)
    wishes = residents.wishes([*people], await residents.publish(system, people, SESSIONS))
    database, raw_wishes = await _staged(system, len(wishes))
    with processes.bare(system.servers, database) as (url, _):
        async with residents.client(system) as mediator, residents.client(system, url) as anybody:
            await residents.accept_all(mediator, people)
            await residents.received(system, {*people.values()}, 2 * PEOPLE)
            running = {name: one.process.pid for name, one in system.servers.children.running.items()}
            raw = Side(anybody, raw_wishes, {"bare": running.pop("bare"), "postgres": running["postgres"]})
            return await _compared(Side(mediator, wishes, running), raw)


async def _staged(system: System, count: int) -> tuple[str, list[Wish]]:
    """A database of its own for the bare server, and what is to be booked there."""
    database = await Ground(system.servers).database(chassis_tables, Record.metadata)
    sessions, people = await stage(database, SESSIONS * residents.SLOTS, count)
    await database.close()
    return database.url, residents.wishes(people, [sessions])


async def _compared(ours: Side, raw: Side) -> list[Line]:
    """A round at each level, of both sides one after the other."""
    lines, made = [], list[str]()
    for side in (ours, raw):
        await side.book(8, WARMING)
    for clients, count in LEVELS.items():
        limit, least = await raw.book(clients, count)
        run, spent = await ours.book(clients, count)
        made += run.made
        what = f"bookings by HTTP, {clients} client{'s' * (clients > 1)}{not_all(run, MADE)}"
        lines.append(Line(what, str(run), str(limit), f"{run.rate / limit.rate:.2f}", AIMS[clients]))
        lines.append(Line("CPU a booking, of all", parts(spent), parts(least), _ratio(spent, least), "≤ 8 ms"))
    return lines + [await _crowd(ours, count, made) for count in CROWDS]


def parts(spent: Mapping[str, float]) -> str:
    shares = ", ".join(f"{name} {ms:.1f}" for name, ms in spent.items() if ms >= LITTLE)
    return f"{sum(spent.values()):.1f} ms: {shares}"


def _ratio(spent: Mapping[str, float], least: Mapping[str, float]) -> str:
    return f"{sum(spent.values()) / sum(least.values()):.1f} ×"


async def _crowd(ours: Side, count: int, made: list[str]) -> Line:
    """Each gives a seat back: an access to be checked, a command to be done."""
    paths = [f"/api/booking/bookings/{made.pop()}/cancel" for _ in range(count)]
    run = await asked(ours.client, count, [(path, {"reason": CANCELLATIONS[-1]}) for path in paths])
    answered = run.statuses[200]
    refused = f"{answered} answered, {count - answered} refused{not_all(run, 200)}, in {run.took:.1f} s"
    return Line(f"{count} cancellations at once, default pool", refused, "", "", "none refused")


def not_all(run: Run, wanted: int) -> str:
    """What else came than the wanted answer."""
    return "" if {*run.statuses} == {wanted} else f" ({dict(run.statuses)})"


async def asked(client: aiohttp.ClientSession, clients: int, commands: Sequence[tuple[str, object]]) -> Run:
    """Each client asks one after the other until no command is left."""
    run, waiting = Run(), [*reversed(commands)]

    async def ask() -> None:
        while waiting:
            path, body = waiting.pop()
            began = time.perf_counter()
            async with client.post(path, json=body, headers={"Idempotency-Key": str(uuid4())}) as answer:
                content = await answer.read()
            run.seconds.append(time.perf_counter() - began)
            run.statuses[answer.status] += 1
            if answer.status == MADE:
                run.made.append(orjson.loads(content)["id"])

    began = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(clients)))
    run.took = time.perf_counter() - began
    return run
