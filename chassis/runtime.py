"""Puts a service together from what it declares, starts its work when its servers answer, and stops it cleanly."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog
from aiokafka.errors import KafkaConnectionError, KafkaError
from sqlalchemy import MetaData
from sqlalchemy.exc import SQLAlchemyError

from chassis import (
    archive,
    batching,
    db,
    digests,
    figures,
    migration,
    parking,
    periodic,
    sign_ins,
    standing,
    sweeping,
    telemetry,
    throttle,
)
from chassis.binding import Binding, NotThisDatabase
from chassis.broker import Consumer, consuming_broker, listen
from chassis.clock import Clock
from chassis.cluster import Cluster
from chassis.db import Database
from chassis.digests import Agreement
from chassis.figures import Figures
from chassis.health import NOT_YET, Check, Returns, Watch
from chassis.intake import Intake, Subscription
from chassis.limits import Limits
from chassis.outbox import RELAY
from chassis.periodic import Job
from chassis.recovery import Recover, Recovery
from chassis.relay import Relay
from chassis.settings import ServiceSettings
from chassis.sign_ins import Revocations
from chassis.standing import Standing
from chassis.stopping import bounded, pause, was_cancelled
from chassis.sweeping import Ages
from chassis.topics import own_topics

log = structlog.get_logger("runtime")

Step = Callable[[], Awaitable[None]]

ENDS_WITHIN = 5.0  # seconds, for each step of the end
FORGETS_EVERY = 3600.0  # seconds
LOOK_EVERY = 0.1  # seconds, until the bus was looked at
BOUND_EVERY = 60.0  # seconds, between two looks whether the groups are still this database's
BOUND_WITHIN = 3.0  # seconds, for Kafka to say whose they are before work that needs no Kafka begins
TRY_AGAIN = 1.0  # seconds, while a server is away at the start


@dataclass(frozen=True)
class Declared:
    """What a service is made of. `folder` is its own, with `templates/` and `migrations/`; `closing` is done last.

    `recover` makes its database whole of what it had published. `ages` is how long an event of a kind stays on the bus.
    """

    settings: ServiceSettings
    folder: Path
    tables: MetaData
    subscriptions: Sequence[Subscription]
    recover: Recover
    jobs: Sequence[Job] = ()
    closing: Sequence[Step] = ()
    ages: Ages = field(default_factory=dict)


@dataclass
class Runtime:
    """The service's parts, built once; `working` runs them. `give_up` is called when the work ended by a fault.

    `fault` keeps the work from going on, `shape` also requests: the database is not yet known to suit this program.
    `work` is the database as consumers and jobs use it.
    """

    declared: Declared
    clock: Clock = field(init=False)
    database: Database = field(init=False)
    work: Database = field(init=False)
    relay: Relay = field(init=False)
    consumers: dict[str, Consumer] = field(init=False)
    fault: str = "démarrage en cours"
    shape: str = "démarrage en cours"
    ending: bool = False
    give_up: Callable[[], None] = field(default=lambda: None)

    def __post_init__(self) -> None:
        settings = self.declared.settings
        self.clock = Clock(settings.clock_offset_file)
        limits = Limits(settings.database_lock_seconds, settings.database_statement_seconds)
        self.database = Database(
            settings.database_url, clock=self.clock, pool_size=settings.database_pool, limits=limits
        )
        own = own_topics(settings.service)
        bound = partial(Binding, service=settings.service, subscriptions=self.declared.subscriptions, own=own)
        self.binding = bound(self.database, Cluster(settings.bus))
        publishes = bound(self.database, Cluster(settings.bus))
        self.relay = Relay(
            settings.database_url,
            settings.bus,
            settings.service,
            check=publishes.check_own_logs,
            woken=self.database.woken[RELAY],
        )
        self.work = self.database.for_work()
        self.revocations = Revocations(self.database)
        self.consumers = {
            subscription.topic.name: Consumer(Intake(self.work, subscription), self.work)
            for subscription in self.declared.subscriptions
        }
        self._watch()

    def _watch(self) -> None:
        """What is looked at while the service runs."""
        settings = self.declared.settings
        self.cluster, self.figures = Cluster(settings.bus), Figures(self.database.url, self.relay)
        self.standing = Standing(self.cluster, settings.service, [*self.consumers.values()], self.work)
        self.digests = digests.own(settings)
        agreement = Agreement(self.digests, settings.internal_neighbours)
        database = Watch("base", figures.LOOK_EVERY, self.figures.look)
        self.bus_watch = Watch("Kafka", standing.LOOK_EVERY, self.standing.look)
        secrets = Watch("secrets", digests.LOOK_EVERY, agreement.look)
        accounts = Watch("comptes", sign_ins.LOOK_EVERY, self.revocations.look)
        self.watches = (database, self.bus_watch, secrets, accounts)
        self.serving = self._to_serve(database)
        self.working_on = {**self.serving, **self._to_work(), "secrets": secrets.verdict, "comptes": accounts.verdict}

    def _to_serve(self, database: Watch) -> dict[str, Check]:
        """What keeps requests away."""
        returns = Returns(self.database.engine, 2 * self.declared.settings.database_pool)
        return {
            "arrêt": lambda: "arrêt en cours" if self.ending else "",
            "démarrage": lambda: self.shape,
            "base": database.verdict,
            "connexions": returns.verdict,
            "demandes": lambda: batching.verdict(self.database),
        }

    def _to_work(self) -> dict[str, Check]:
        """What keeps its work from going on, besides."""
        return {
            "démarrage": lambda: self.shape or self.fault,
            "relais": self.figures.outbox_moves,
            "Kafka": self.bus_watch.verdict,
            "sujets": self.standing.differences,
            "pertes": self.figures.losses,
            "travaux": partial(self._late_jobs, began=self.clock.now()),
            **{topic: group.verdict for topic, group in self.standing.groups.items()},
        }

    @asynccontextmanager
    async def working(self, _: object = None) -> AsyncIterator[None]:
        """Run relay, consumers and jobs while this is open; pages are served from the first moment on."""
        work = asyncio.create_task(self._work())
        work.add_done_callback(self._ended)
        watches = [asyncio.create_task(watch.run()) for watch in self.watches]
        try:
            yield
        finally:
            for task in (work, *watches):
                task.cancel()
            await asyncio.wait([work, *watches], timeout=3 * ENDS_WITHIN)
            self.figures.close()
            await self.cluster.close()
            await bounded("database", self.database.close(), ENDS_WITHIN)

    def _ended(self, work: asyncio.Task[None]) -> None:
        """Pages without the work behind them would be green and do nothing: whoever supervises us begins again."""
        if not work.cancelled() and (error := work.exception()):
            self.fault = f"{type(error).__name__} : {error}"
            log.critical("work ended", exc_info=error)
            self.give_up()

    async def _work(self) -> None:
        await self._until_ready(self._check_head)
        await self._until_ready(self._check_binding)
        self.shape = ""
        broker = consuming_broker(self.declared.settings.bus, self.declared.settings.service)
        for consumer in self.consumers.values():
            listen(broker, self.declared.settings.service, consumer, self.declared.settings.instance)
        try:
            async with asyncio.TaskGroup() as tasks:
                for job in self._jobs():
                    tasks.create_task(periodic.run(job, self.work, self.figures.runs))
                await self._until_ready(self.binding.verify, undo=self.binding.cluster.close)
                self.shape = ""
                tasks.create_task(self.relay.run())
                await self._seen_on_the_bus()
                await self._until_ready(broker.start, undo=broker.stop)
                self.fault = ""
                tasks.create_task(self._stay_bound())
        finally:
            for consumer in self.consumers.values():
                await consumer.close()
            await bounded("consumers", broker.stop(), ENDS_WITHIN)
            for step in self.declared.closing:
                await bounded("closing", step(), ENDS_WITHIN)

    def _jobs(self) -> Sequence[Job]:
        """The service's own, and what every one forgets: settled messages, and what was published, some days later."""
        settings = self.declared.settings
        settled = partial(parking.forget_settled, retain=settings.retain_settled)
        published = partial(archive.forget_old, days=settings.retain_published.days)
        return (
            *self.declared.jobs,
            periodic.in_transaction("settled messages", FORGETS_EVERY, settled),
            periodic.in_transaction("published messages", FORGETS_EVERY, published),
            periodic.in_transaction("sign-ins", FORGETS_EVERY, sign_ins.forget),
            periodic.in_transaction("who asked", FORGETS_EVERY, throttle.forget),
            periodic.repeatable("withdraw from the bus", sweeping.EVERY, self._sweep),
        )

    async def _sweep(self, database: Database) -> None:
        settings = self.declared.settings
        own = own_topics(settings.service)
        erasures = {event: settings.retain_erasures for topic in own for event in topic.events if event.erasure}
        await sweeping.sweep(database, bus=settings.bus, own=own, ages={**self.declared.ages, **erasures})

    async def _seen_on_the_bus(self) -> None:
        """A consumer that begins goes on past what was lost: it is recorded before."""
        while reason := self.bus_watch.reason:
            self.fault = self.fault if reason == NOT_YET else reason
            await pause(LOOK_EVERY)

    async def _stay_bound(self) -> None:
        """Raises AnotherDatabase when the groups are no longer this database's: the work ends, and says why."""
        while not was_cancelled():
            await pause(BOUND_EVERY)
            try:
                await self.binding.follow()
            except (KafkaError, OSError, SQLAlchemyError) as error:
                log.info("binding not seen", error=telemetry.described(error))
            finally:
                await self.binding.cluster.close()

    async def _check_binding(self) -> None:
        """Without Kafka nobody can tell, and what needs no Kafka goes on. Raises NotThisDatabase."""
        try:
            async with asyncio.timeout(BOUND_WITHIN):
                await self.binding.verify()
        except (KafkaError, OSError) as error:
            log.warning("binding not seen", error=telemetry.described(error))
        finally:
            await self.binding.cluster.close()

    async def _check_head(self) -> None:
        await migration.check_head(self.database, self.declared.folder / "migrations", self.declared.tables)

    async def _until_ready(self, step: Step, undo: Step | None = None) -> None:
        """Servers may come later than we do: say what is missing, wait, try again."""
        while not was_cancelled():
            try:
                return await step()
            except Exception as error:
                waited_for = KafkaError | OSError | migration.AnotherHead | NotThisDatabase
                if not isinstance(error, waited_for) and not db.away(error):
                    raise
                why = isinstance(error, KafkaConnectionError) and await self.declared.settings.bus.why_unreachable()
                self.fault = why or f"{type(error).__name__} : {error}"
                if self.shape or isinstance(error, NotThisDatabase):
                    self.shape = self.fault
                log.warning("waiting", fault=self.fault)
            if undo:
                await bounded("consumers", undo(), ENDS_WITHIN)
            await pause(TRY_AGAIN)
        raise asyncio.CancelledError

    def _late_jobs(self, began: datetime) -> str:
        return periodic.late(self._jobs(), self.figures.runs, began, self.clock.now())

    async def recover(self, since: datetime | None) -> tuple[int, int]:
        """Read back what this service had published since its database was put back. See `Recovery.run`."""
        declared, cluster = self.declared, self.binding.cluster
        recovery = Recovery(self.work, cluster, declared.settings.service, declared.subscriptions, declared.recover)
        try:
            return await recovery.run(since)
        finally:
            await cluster.close()

    async def replay(self, parked_id: int, by: str) -> None:
        """Apply a parked record now. Raises StillRefused while the cause is not mended."""
        async with self.database.reading() as reading:
            topic = await parking.topic_of(reading, parked_id)
        await self.consumers[topic].intake.replay(parked_id, by)

    async def discard(self, parked_id: int, by: str) -> None:
        await self.database.transact(lambda tx: parking.discard(tx, parked_id, by))
