"""Faults at random: processes killed, stopped and frozen, servers killed, links stalled and cut, leaders killed."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.chaos.cluster import Cluster, Instance
from tests.chaos.links import State

PAUSE = (4.0, 10.0)  # seconds between two faults of one kind of tormentor
SHORT, LONG = (0.0, 2.0), (2.0, 12.0)  # seconds that a fault lasts

Hurt = Callable[[], Awaitable[str]]


@dataclass(frozen=True)
class Fault:
    """`target` says what was hurt; times are nanoseconds of one clock."""

    kind: str
    target: str
    began: int
    ended: int


@dataclass(eq=False)
class Faults:
    """Two tormentors, one of processes and one of links and servers, so that faults meet; each with its own dice."""

    cluster: Cluster
    seed: int
    stopped: asyncio.Event
    done: list[Fault] = field(default_factory=list)

    async def torment(self) -> None:
        processes = (self.killed, self.killed, self.frozen, self.ended, self.leader_killed)
        links = (self.bus_cut, self.bus_stalled, self.database_cut, self.database_stalled, self.providers_cut)
        servers = (self.providers_stalled, self.broker_killed, self.database_killed)
        await asyncio.gather(self._among(processes, "processes"), self._among((*links, *servers), "links"))

    async def _among(self, hurts: tuple[Hurt, ...], name: str) -> None:
        chance = random.Random(f"{self.seed} {name}")
        while not self.stopped.is_set():
            await self._pause(chance.uniform(*PAUSE))
            if self.stopped.is_set():
                return
            self.chance = chance
            hurt, began = chance.choice(hurts), time.monotonic_ns()
            target = await hurt()
            self.done.append(Fault(hurt.__name__, target, began, time.monotonic_ns()))

    async def _pause(self, seconds: float) -> None:
        """Shorter when everything stops."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopped.wait()
        except TimeoutError:
            pass

    async def killed(self) -> str:
        return await self._down(self.chance.choice(self.cluster.instances), signal.SIGKILL)

    async def ended(self) -> str:
        """As a supervisor ends what it replaces."""
        return await self._down(self.chance.choice(self.cluster.instances), signal.SIGTERM)

    async def leader_killed(self) -> str:
        """Of the relay."""
        service = self.chance.choice(("booking", "notifications", "prescription", "catalogue"))
        last = self.chance.uniform(*SHORT)
        leader = await self.cluster.leader(service)
        return await self._down(leader, signal.SIGKILL, last) if leader else f"{service} : personne"

    async def _down(self, instance: Instance, number: int, last: float | None = None) -> str:
        last = self.chance.uniform(*SHORT) if last is None else last
        instance.down_on_purpose = True
        if instance.child is not None:
            await asyncio.to_thread(instance.child.stop, number, 40)
        await asyncio.sleep(last)
        await self.cluster.start(instance)
        return instance.name

    async def frozen(self) -> str:
        instance, last = self.chance.choice(self.cluster.instances), self.chance.uniform(*LONG)
        if instance.child is not None:
            instance.child.send(signal.SIGSTOP)
            await self._pause(last)
            instance.child.send(signal.SIGCONT)
        return instance.name

    async def bus_cut(self) -> str:
        return await self._link("bus", "cut")

    async def bus_stalled(self) -> str:
        return await self._link("bus", "stalled")

    async def database_cut(self) -> str:
        return await self._link("database", "cut")

    async def database_stalled(self) -> str:
        return await self._link("database", "stalled")

    async def providers_cut(self) -> str:
        return await self._link("providers", "cut")

    async def providers_stalled(self) -> str:
        return await self._link("providers", "stalled")

    async def _link(self, kind: str, state: State) -> str:
        link = self.chance.choice(self.cluster.links(kind))
        last = self.chance.uniform(*LONG)
        link.set(state)
        await self._pause(last)
        link.set("open")
        return link.name

    async def broker_killed(self) -> str:
        kafka, last = self.cluster.system.servers.kafka, self.chance.uniform(*SHORT)
        await asyncio.to_thread(kafka.kill)
        await asyncio.sleep(last)
        await asyncio.to_thread(kafka.restart)
        return "Kafka"

    async def database_killed(self) -> str:
        postgres, last = self.cluster.system.servers.postgres, self.chance.uniform(*SHORT)
        await asyncio.to_thread(postgres.kill)
        await asyncio.sleep(last)
        await asyncio.to_thread(postgres.restart)
        return "PostgreSQL"
