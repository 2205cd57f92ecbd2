"""The database of a service: who may read, who may write, and the only commit of the repository."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from datetime import datetime
from functools import partial
from typing import Any, Literal, Self, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, ColumnElement, DateTime, MetaData, Table, Text, Uuid, any_, literal
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import InstrumentedAttribute

from chassis import rows
from chassis.clock import Clock
from chassis.limits import REQUESTS, WAITS_FOR_A_CONNECTION, WORK, Limits
from contracts import ids

T = TypeVar("T")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
RETRIED = {"40001", "40P01"}  # serialization failure, deadlock
DRIVER_FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg raises; the last when a connection dies in the middle of a question and is asked again."""
AWAY_CLASSES = {"08", "28", "3D", "53", "57"}  # connection, password, no database yet, resources, operator
HELD = "55P03"  # lock not available
LIMIT_REACHED = {HELD, "57014"}  # statement canceled
ATTEMPTS = 5
DEAD_PEERS = {  # a client that vanished without a word holds its locks for half a minute, not for two hours
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30000",
}
IDLE_IN_TRANSACTION = {"idle_in_transaction_session_timeout": "15000"}
"""A process that is frozen inside a transaction holds what it has locked for 15 seconds. docs/decisions/0110."""

chassis_tables = MetaData(naming_convention=NAMING)


TYPES: dict[Any, Any] = {
    datetime: DateTime(timezone=True),
    UUID: Uuid(),
    str: Text(),
    Literal: Text(),
    **dict.fromkeys(ids.ALL, Uuid()),
}
"""How Python's types are stored; the root of each service's tables takes it as its `type_annotation_map`."""


def service_tables() -> MetaData:
    return MetaData(naming_convention=NAMING)


class Reading(AsyncSession):
    """May read."""


class Transaction(Reading):
    """May write. It is begun and committed by `Database.transact` and nothing else.

    `now` is when it began, by the service's `clock`. `published` are the events that it publishes, as rows of the
    outbox; they are stored last. `appended` are rows of tables that only ever grow; the next flush inserts them.
    `concerned` is what a use case says about whom or what it has done something (`chassis.journal`). `wakes` names the
    jobs that look at once when it is committed, and the relay.
    """

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        super().__init__(engine, expire_on_commit=False)
        self.clock = clock
        self.now = clock.now()
        self.published: list[dict[str, Any]] = []
        self.appended: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
        self.concerned: dict[tuple[UUID | None, str], dict[str, str]] = {}
        self.wakes = set[str]()

    async def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what was changed, then what was appended."""
        await super().flush(objects)
        for table in [*self.appended]:
            await rows.add(self, table, self.appended.pop(table))

    async def store_published(self) -> None:
        """Store the events that were published, by one INSERT: after the flush, so that what they tell of is locked.

        Were the outbox written before the aggregate is locked by its UPDATE, two transactions on one aggregate could
        be published in the wrong order (docs/decisions/0004).
        """
        await rows.publish(self, self.published, self.clock.offset())
        self.published.clear()


class Database:
    """One service's PostgreSQL database. `woken` has an event for each job, and for the relay, by name.

    `limits` hold for requests, from the moment of their connection on.
    """

    def __init__(self, url: str, *, clock: Clock, pool_size: int = 10, limits: Limits = REQUESTS) -> None:
        self.url = url
        self.clock = clock
        self.limits = self._usual = limits
        self.engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=WAITS_FOR_A_CONNECTION,
            hide_parameters=True,  # they are names and phones, and errors are logged
            async_creator=partial(connected, url, DEAD_PEERS | IDLE_IN_TRANSACTION | limits.settings()),
        )
        self.woken: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def for_work(self) -> Self:
        """Return the same one for consumers and jobs: nobody sits in front of a page until they are done."""
        other = copy(self)
        other.limits = WORK
        return other

    async def transact(self, work: Callable[[Transaction], Awaitable[T]], limits: Limits | None = None) -> T:
        """Do the work in one transaction; again, from the start, after a deadlock or serialization failure.

        `limits`: others than the database's.
        """
        limits = limits or self.limits
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._attempt(work, limits)
            except DBAPIError as error:
                if sqlstate(error) not in RETRIED:
                    raise
        return await self._attempt(work, limits)

    async def _attempt(self, work: Callable[[Transaction], Awaitable[T]], limits: Limits) -> T:
        async with Transaction(self.engine, self.clock) as tx:
            if limits != self._usual:
                await limits.apply(tx)
            answer = await work(tx)
            await tx.flush()
            await tx.store_published()
            await _commit(tx)
            for name in tx.wakes:
                self.woken[name].set()
        return answer

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        options = {"postgresql_readonly": True}
        async with Reading(self.engine.execution_options(**options), expire_on_commit=False) as reading:
            if self.limits != self._usual:
                await self.limits.apply(reading)
            yield reading

    async def close(self) -> None:
        await self.engine.dispose()


class Unreachable(ConnectionError):
    """No connection to the database: its server, or its host, is not there."""


class CommitUnknown(ConnectionError):
    """The connection was lost after COMMIT was sent: the work is done, or it is not."""


async def _commit(tx: Transaction) -> None:
    """Raises CommitUnknown; an error that the server itself tells is none."""
    try:
        await tx.commit()
    except Exception as error:
        if away(error) and sqlstate(error) not in LIMIT_REACHED:
            raise CommitUnknown from error
        raise


def any_of(column: ColumnElement[Any] | InstrumentedAttribute[Any], values: Iterable[object]) -> ColumnElement[bool]:
    """Return `column = ANY($1)`: one statement, prepared once; `IN` is another text for each number of values."""
    return column == any_(literal([*values], ARRAY(column.type)))


def dsn(url: str) -> str:
    """Turn SQLAlchemy's URL into asyncpg's, with PostgreSQL's own options: `?sslmode=verify-full&sslrootcert=…`."""
    return url.replace("postgresql+asyncpg://", "postgresql://")


async def connected(url: str, server_settings: Mapping[str, str]) -> asyncpg.Connection:
    """Open a connection. SQLAlchemy would give the options of the URL to asyncpg by names that it does not know.

    Raises Unreachable: a connection or a file that some other work misses is no absent database.
    """
    try:
        return await asyncpg.connect(dsn(url), server_settings=server_settings, timeout=WAITS_FOR_A_CONNECTION)
    except (OSError, TimeoutError) as error:
        raise Unreachable(f"{type(error).__name__} : {error}") from error


def sqlstate(error: BaseException) -> str:
    origin = getattr(error, "orig", None) or error
    return str(getattr(origin, "sqlstate", None) or "")


def constraint(error: DBAPIError) -> str:
    """Return the name of the constraint that said no."""
    return str(getattr(getattr(error.orig, "__cause__", None), "constraint_name", "") or "")


def away(error: BaseException) -> bool:
    """Return whether the database can't be reached, goes down or has no connection left.

    False for a fault of the data.
    """
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(
        error, Unreachable | CommitUnknown | PoolTimeout | asyncpg.InterfaceError | asyncpg.InternalClientError
    ):
        return True
    return sqlstate(error)[:2] in AWAY_CLASSES or held(error)


def unconnected(error: BaseException) -> bool:
    """Return whether there was no connection to begin with.

    The server is not there, or all that we may have are taken.
    """
    return isinstance(error, Unreachable | PoolTimeout)


def held(error: BaseException) -> bool:
    """Return whether another holds what is needed, for longer than we wait."""
    return sqlstate(error) == HELD
