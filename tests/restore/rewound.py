"""One service with its relay and its consumers, whose database is put back to an earlier moment.

The database that was lost is the judge: what the other one has become is compared with it, table by table.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from sqlalchemy import text

from chassis import db, erasure
from chassis.bus import Bus
from chassis.cluster import GroupIsAtWork
from chassis.commands import recover, rehear
from chassis.runtime import Runtime
from contracts.event import CloudEvent, Event
from contracts.ids import BeneficiaryId, uuid7
from deploy.local.postgres import Postgres
from tests.sites import site_of
from tests.waiting import until

Asked = Callable[[Runtime], Awaitable[None]]
ENDS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"


@dataclass
class Rewound:
    """`url` is of the database that is served now, `more` what the service is told besides."""

    service: str
    url: str
    bus: Bus
    postgres: Postgres
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def runtime(self) -> Runtime:
        return site_of(self.service, self.url, bootstrap=self.bus.bootstrap, **self.more).runtime

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Runtime]:
        """Until nothing is left to read or to publish."""
        runtime = self.runtime
        async with runtime.working():
            await until(lambda: _reads(runtime), "the service reads")
            yield runtime
            await until(lambda: _at_rest(runtime), "all is read and published")
        await self.asks(_idle)

    async def does(self, *events: Event, act: Asked | None = None) -> None:
        """What others publish, then what is asked of the service; all of it applied and published."""
        async with self.at_work() as runtime:
            await send(self.bus, *events)
            await until(lambda: _at_rest(runtime), "all is read and published")
            if act:
                await act(runtime)

    async def copied(self) -> Self:
        """The same service on a copy of its database, as it is now."""
        name = f"r_{uuid4().hex[:12]}"
        source = self.url.rpartition("/")[2]
        admin = await asyncpg.connect(self.postgres.dsn)
        await admin.execute(ENDS, source)
        owner = await admin.fetchval("SELECT datdba::regrole::text FROM pg_database WHERE datname = $1", source)
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" OWNER {owner} STRATEGY FILE_COPY')
        await admin.close()
        return replace(self, url=self.url.removesuffix(source) + name)

    async def published(self) -> int:
        """How many events lie on the service's own topics."""

        async def counted(runtime: Runtime) -> int:
            cluster = runtime.binding.cluster
            edges = await cluster.edges(await cluster.whole(topic.name for topic in runtime.binding.own))
            return sum(edge.end for edge in edges.values())

        return int(await self.asks(counted))

    async def knows_erased(self, person: BeneficiaryId) -> bool:
        """Of one person: the topics of all tests have others too."""

        async def among(runtime: Runtime) -> set[UUID]:
            async with runtime.database.reading() as reading:
                return await erasure.among(reading, [person])

        return bool(await self.asks(among))

    async def asks(self, ask: Callable[[Runtime], Awaitable[Any]]) -> Any:
        """Of the service that does not run."""
        runtime = self.runtime
        try:
            return await ask(runtime)
        finally:
            await runtime.binding.cluster.close()
            await runtime.database.close()

    async def made_whole(self) -> None:
        """As the operator's guide says it."""
        await self.asks(lambda runtime: rehear(runtime, []))
        await self.asks(lambda runtime: recover(runtime, []))

    async def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """In the order of these columns."""
        names = ", ".join(columns)
        connection = await asyncpg.connect(db.dsn(self.url))
        try:
            query = f"SELECT {names} FROM {table} ORDER BY {names}"  # noqa: S608 - our own names
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def columns(self, table: str, but: Sequence[str] = ()) -> list[str]:
        query = """
            SELECT attname FROM pg_attribute
            WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
        """
        connection = await asyncpg.connect(db.dsn(self.url))
        try:
            return [row[0] for row in await connection.fetch(query, table) if row[0] not in but]
        finally:
            await connection.close()


async def differing(one: Rewound, other: Rewound, tables: Mapping[str, Sequence[str]]) -> list[str]:
    """Of these tables, rows that only one of the two has, columns of `tables` aside."""
    found: list[str] = []
    for table, but in tables.items():
        columns = await one.columns(table, but)
        mine, theirs = await one.rows(table, *columns), await other.rows(table, *columns)
        alone = [("lost", row) for row in mine if row not in theirs] + [
            ("now", row) for row in theirs if row not in mine
        ]
        found += [f"{whose} {table} {dict(zip(columns, row, strict=True))}" for whose, row in alone]
    return found


async def send(bus: Bus, *events: Event) -> None:
    """As the other services publish, each in a correlation of its own unless it has one."""
    producer = AIOKafkaProducer(bootstrap_servers=bus.bootstrap)
    await producer.start()
    clock = site_of("catalogue").runtime.clock
    for event in events:
        envelope = CloudEvent(
            id=uuid7(), time=clock.now(), event=event, correlation_id=event.correlation_id or str(uuid4())
        )
        headers = [(name, value.encode()) for name, value in envelope.headers().items()]
        await producer.send_and_wait(event.topic, event.body, key=event.key.encode(), headers=headers)
    await producer.stop()


async def _reads(runtime: Runtime) -> bool:
    return runtime.fault == "" and all(consumer.fresh_at for consumer in runtime.consumers.values())


async def _at_rest(runtime: Runtime) -> bool:
    """Groups have applied all, the outbox is empty, and the look of the day will add nothing to it."""
    cluster, binding = runtime.binding.cluster, runtime.binding
    try:
        committed = await binding._committed()
        whole = await cluster.whole(topic.name for topic in binding.topics)
        edges = await cluster.edges(whole)
    except KafkaError:
        return False
    async with runtime.database.reading() as reading:
        looked = await reading.scalar(text("SELECT count(*) FROM job_runs WHERE name = 'withdraw from the bus'"))
        waiting = await reading.scalar(text("SELECT count(*) FROM outbox"))
    return bool(looked) and not waiting and all(committed.get(one, 0) >= edges[one].end for one in whole)


async def _idle(runtime: Runtime) -> None:
    async def idle() -> bool:
        try:
            for topic in runtime.binding.topics:
                await runtime.binding.cluster.check_idle(f"{runtime.declared.settings.service}.{topic.short}")
        except (GroupIsAtWork, KafkaError):
            return False
        return True

    await until(idle, "the groups are empty")
