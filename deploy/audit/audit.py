"""One look at everything, and what differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from deploy.audit import bus, notices, people, places, rights, seats
from deploy.audit.bus import Log
from deploy.audit.comparing import Check, replicas_ahead
from deploy.audit.databases import Database, connected
from deploy.audit.facts import Facts
from deploy.audit.rest import under_way
from deploy.audit.settings import Where
from deploy.audit.world import SINCE, World

COMPARISONS = (
    rights.books,
    rights.vouchers,
    rights.wallets,
    rights.merges,
    seats.seats,
    seats.fill_versions,
    seats.bookings,
    notices.confirmed,
    notices.moved,
    notices.cancelled,
    places.sessions,
    places.trainings,
    places.spaces,
    places.mediators,
    places.centres,
    people.contacts,
)
CHECKS = (seats.held, notices.sent, people.erased)


@dataclass(frozen=True)
class Verdict:
    """`waiting`: why it is too early to say; then the checks may name what is merely under way."""

    checks: Sequence[Check]
    waiting: Sequence[str]

    @property
    def differences(self) -> int:
        return sum(len(check.differences) for check in self.checks)


def judged(world: World, log: Log) -> Verdict:
    compared = [comparison(world) for comparison in COMPARISONS]
    checks = [comparison.check() for comparison in compared]
    checks += [check(world) for check in CHECKS]
    return Verdict([*checks, replicas_ahead(compared)], [*under_way(world, log)])


async def look(where: Where) -> Verdict:
    """Databases and bus, read while nothing is published. Raises OSError, KafkaError or PostgresError."""
    async with bus.consuming(where.bus) as consumer, connected(where) as connections:
        ends, committed = await bus.ends(consumer), await bus.committed(where.bus)
        events, lasts = await bus.read(consumer, ends)
        world = await read(connections, Facts.of(events), where.now)
        verdict = judged(world, Log(events, lasts, committed))
        moved = await bus.ends(consumer) != ends
    return Verdict(verdict.checks, [*verdict.waiting, *(["le bus bouge encore"] if moved else [])])


async def read(connections: Mapping[str, asyncpg.Connection], facts: Facts, now: datetime) -> World:
    """The four databases, and what is left in them of those who were erased."""
    services = {name: await Database.read(name, open_, now - SINCE) for name, open_ in connections.items()}
    traces = {name: await database.traces([*facts.erased]) for name, database in services.items()}
    return World(services, facts, traces, now)
