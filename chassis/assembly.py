"""Puts a service together from what it declares, starts its work when its servers answer, and stops it cleanly."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from aiokafka.errors import KafkaError
from sqlalchemy import MetaData

from chassis import db, health, migration, parking, periodic
from chassis.broker import Ear, hearing_broker, listen
from chassis.clock import Clock
from chassis.db import Database
from chassis.intake import Hearing, Intake
from chassis.periodic import Job
from chassis.relay import Relay
from chassis.settings import ServiceSettings
from chassis.stopping import told_to_end

log = structlog.get_logger("assembly")

Step = Callable[[], Awaitable[None]]

WATCH_EVERY = 2.0  # seconds
TRY_AGAIN = 1.0  # seconds, while a server is away at the start


@dataclass(frozen=True)
class Declared:
    """What a service is made of. `folder` is its own, with `templates/` and `migrations/`; `closing` is done last."""

    settings: ServiceSettings
    folder: Path
    tables: MetaData
    hearings: Sequence[Hearing]
    jobs: Sequence[Job] = ()
    closing: Sequence[Step] = ()


@dataclass
class Assembly:
    """The service's parts, built once; `working` runs them. `give_up` is called when the work ended by a fault."""

    declared: Declared
    clock: Clock = field(init=False)
    database: Database = field(init=False)
    relay: Relay = field(init=False)
    ears: dict[str, Ear] = field(init=False)
    fault: str = "démarrage en cours"
    give_up: Callable[[], None] = field(default=lambda: None)

    def __post_init__(self) -> None:
        settings = self.declared.settings
        self.clock = Clock(settings.clock_offset_file)
        self.database = Database(settings.database_url, clock=self.clock, pool_size=settings.database_pool)
        self.relay = Relay(settings.database_url, settings.bus)
        self.database.after_commit = self.relay.wake
        self.ears = {
            hearing.topic.name: Ear(Intake(self.database, hearing), self.database) for hearing in self.declared.hearings
        }
        self.checks = {"démarrage": self._started, **health.checks(self.database, self.relay, [*self.ears.values()])}

    @asynccontextmanager
    async def working(self, _: object = None) -> AsyncIterator[None]:
        """Relay, consumers and jobs run while this is open; pages are served from the first moment on."""
        work = asyncio.create_task(self._work())
        work.add_done_callback(self._ended)
        try:
            yield
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await self.database.close()

    def _ended(self, work: asyncio.Task[None]) -> None:
        """Pages without the work behind them would be green and do nothing: whoever supervises us begins again."""
        if not work.cancelled() and (error := work.exception()):
            self.fault = f"{type(error).__name__} : {error}"
            log.critical("work ended", exc_info=error)
            self.give_up()

    async def _work(self) -> None:
        await self._until_ready(self._check_head)
        broker = hearing_broker(self.declared.settings.bus, self.declared.settings.service)
        for ear in self.ears.values():
            listen(broker, self.declared.settings.service, ear, self.declared.settings.instance)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.relay.run())
                for job in (*self.declared.jobs, *self._watches()):
                    tasks.create_task(periodic.run(job, self.database))
                await self._until_ready(broker.start, undo=broker.stop)
                self._listening()
        finally:
            for ear in self.ears.values():
                await ear.close()
            await broker.stop()
            for step in self.declared.closing:
                await step()

    def _listening(self) -> None:
        self.fault = ""
        for ear in self.ears.values():
            ear.listening = True

    def _watches(self) -> list[Job]:
        return [Job(f"watch {topic}", WATCH_EVERY, ear.watch) for topic, ear in self.ears.items()]

    async def _check_head(self) -> None:
        await migration.check_head(self.database, self.declared.folder / "migrations", self.declared.tables)

    async def _until_ready(self, step: Step, undo: Step | None = None) -> None:
        """Servers may come later than we do: say what is missing, wait, try again."""
        while not told_to_end():
            try:
                return await step()
            except Exception as error:
                if not isinstance(error, KafkaError | migration.AnotherHead) and not db.away(error):
                    raise
                self.fault = f"{type(error).__name__} : {error}"
                log.warning("waiting", fault=self.fault)
            if undo:
                await undo()
            await asyncio.sleep(TRY_AGAIN)
        raise asyncio.CancelledError

    async def _started(self) -> str:
        return self.fault

    async def replay(self, parked_id: int, by: str) -> None:
        """Apply a parked record now. Raises StillRefused while the cause is not mended."""
        async with self.database.reading() as reading:
            topic = await parking.topic_of(reading, parked_id)
        await self.ears[topic].intake.replay(parked_id, by)

    async def discard(self, parked_id: int, by: str) -> None:
        await self.database.transact(lambda tx: parking.discard(tx, parked_id, by))
