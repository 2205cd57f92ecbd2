"""Is it alive, is it ready: readiness watches progress, not only connections, and says in French what is wrong."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import asyncpg
from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from chassis import relay, telemetry
from chassis.broker import Ear, NotListening
from chassis.db import Database

STUCK_AFTER = 30.0  # seconds without progress while there is work

Check = Callable[[], Awaitable[str]]  # the answer is a reason, or nothing when all is well


async def database_answers(database: Database) -> str:
    try:
        async with database.reading() as reading:
            await reading.execute(text("SELECT 1"))
    except (OSError, TimeoutError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"base de données injoignable ({type(error).__name__})"
    return ""


async def relay_moves(database: Database, running: relay.Relay) -> str:
    async with database.reading() as reading:
        age = float((await reading.execute(text(relay.OLDEST))).scalar_one())
    telemetry.relay_oldest.set(age)
    if age > STUCK_AFTER:
        return f"relais bloqué : un message attend depuis {age:.0f} s ({running.fault or 'sans erreur connue'})"
    return ""


async def ear_moves(ear: Ear) -> str:
    name = ear.intake.hearing.topic.name
    try:
        behind = await ear.lag()
    except (KafkaError, OSError, TimeoutError, NotListening) as error:
        return f"Kafka injoignable pour {name} ({type(error).__name__})"
    idle = time.monotonic() - ear.moved_at
    if behind and (ear.fault or idle > STUCK_AFTER):
        return f"{name} : {behind} messages en attente, rien d'appliqué depuis {idle:.0f} s {ear.fault}".strip()
    return ""


async def verdict(checks: Mapping[str, Check]) -> dict[str, str]:
    """What is wrong, by part; empty when ready. The first fault of the database hides those that follow from it."""
    faults: dict[str, str] = {}
    for name, check in checks.items():
        try:
            reason = await check()
        except (SQLAlchemyError, OSError) as error:
            reason = f"base de données injoignable ({type(error).__name__})"
        if reason:
            faults[name] = reason
    return faults


def checks(database: Database, running: relay.Relay, ears: Sequence[Ear]) -> dict[str, Check]:
    of_ears: dict[str, Check] = {ear.intake.hearing.topic.name: partial(ear_moves, ear) for ear in ears}
    return {
        "base": partial(database_answers, database),
        "relais": partial(relay_moves, database, running),
        **of_ears,
    }
