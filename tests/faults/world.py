"""One writer, its relay, a topic and its readers, each in a process of its own, and the ledger of expected effects."""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy import select

from chassis import db
from chassis.bus import Bus
from chassis.clock import Clock
from chassis.db import Database, Transaction, chassis_tables
from chassis.outbox import say
from contracts.booking import SeatDeclined
from contracts.ids import BeneficiaryId, OfferId, SessionId
from deploy.local.processes import Child, Children
from deploy.local.servers import ROOT, Servers
from tests.chassis.conftest import all_records
from tests.conftest import create
from tests.faults.program import HERE, effects, tables, topic_named

KEYS = [UUID(int=number) for number in range(1, 13)]


@dataclass
class World:
    servers: Servers
    folder: Path
    topic: str
    outgoing: Database
    incoming: Database
    children: Children
    written: dict[UUID, int] = field(default_factory=lambda: dict.fromkeys(KEYS, 0))

    @classmethod
    @asynccontextmanager
    async def made(cls, servers: Servers, folder: Path) -> AsyncIterator["World"]:
        names = [f"f_{uuid4().hex[:10]}" for _ in range(2)]
        urls = [await servers.postgres.create_database(name) for name in names]
        await create(urls[0], chassis_tables)
        await create(urls[1], chassis_tables, tables)
        topic = topic_named(f"f{uuid4().hex[:8]}.events")
        admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(topic.name, topic.partitions, 1)])
        await admin.close()
        children = Children()
        outgoing, incoming = (Database(url, clock=Clock()) for url in urls)
        try:
            yield cls(servers, folder, topic.name, outgoing, incoming, children)
        finally:
            await asyncio.to_thread(children.close)
            await outgoing.close()
            await incoming.close()

    def relay(self, *faults: str, name: str = "relay") -> Child:
        return self._start(name, self.outgoing.url, *faults)

    def reader(self, name: str, *faults: str) -> Child:
        return self._start(name, self.incoming.url, self.topic, *faults, role="reader")

    def _start(self, name: str, url: str, *rest: str, role: str = "relay") -> Child:
        command = [sys.executable, "-m", "tests.faults.program", role, url, self.servers.kafka.bootstrap, *rest]
        return self.children.start(name, command, self.folder / f"{name}.log", env={"PYTHONPATH": str(ROOT)})

    async def stands_still(self, child: Child) -> None:
        await asyncio.to_thread(child.wait_for, HERE)

    async def write(self, each: int, pause: float = 0) -> None:
        """That many more events of every key, each in a transaction of its own, in order per key."""
        await asyncio.gather(*(self._write_key(key, each, pause) for key in KEYS))

    async def _write_key(self, key: UUID, each: int, pause: float) -> None:
        for _ in range(each):
            self.written[key] += 1
            await self._insist(key, self.written[key])
            await asyncio.sleep(pause)

    async def _insist(self, key: UUID, number: int) -> None:
        """Until the database takes it. A transaction whose commit got no answer may be written twice: none here is."""

        async def write(tx: Transaction) -> None:
            event = SeatDeclined(
                offer_id=OfferId(UUID(int=number)), session_id=SessionId(UUID(int=1)), beneficiary_id=BeneficiaryId(key)
            )
            topic = self.topic

            class Addressed(
                SeatDeclined, type=SeatDeclined.type, topic=topic, subject="offer_id", key="beneficiary_id"
            ):
                pass

            say(tx, Addressed(**event.model_dump()))

        while True:
            try:
                return await self.outgoing.transact(write)
            except Exception as error:
                if not db.away(error):
                    raise
                await asyncio.sleep(0.2)

    async def applied(self) -> dict[str, list[int]]:
        """By key, the numbers in the order of their effects."""
        found: dict[str, list[int]] = defaultdict(list)
        async with self.incoming.reading() as reading:
            for row in await reading.execute(select(effects).order_by(effects.c.id)):
                found[row.key].append(row.number.int)
        return found

    async def _applied_if_there(self) -> dict[str, list[int]]:
        """Nothing while the database is away."""
        try:
            return await self.applied()
        except Exception as error:
            if not db.away(error):
                raise
            return {}

    async def said(self) -> dict[str, list[int]]:
        """By key, what is on the topic, each event once. A commit that got no answer may have been tried again."""
        found: dict[str, dict[bytes, int]] = defaultdict(dict)
        for record in await all_records(Bus(bootstrap=self.servers.kafka.bootstrap), self.topic):
            event = SeatDeclined.model_validate_json(record.value or b"")
            found[str(event.beneficiary_id)].setdefault(dict(record.headers)["ce_id"], event.offer_id.int)
        return {key: [*numbers.values()] for key, numbers in found.items()}

    def expected(self) -> dict[str, list[int]]:
        return {str(key): list(range(1, count + 1)) for key, count in self.written.items()}

    async def until_all_applied(self) -> dict[str, list[int]]:
        return await self.until_applied(sum(self.written.values()))

    async def count(self) -> int:
        return sum(map(len, (await self.applied()).values()))

    async def until_applied_as_said(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """What was applied and what was said, once they agree and hold everything that was written, repeats besides."""
        deadline = time.monotonic() + 60
        while True:
            found, said = await self.until_all_applied(), await self.said()
            whole = without_repeats(found) == self.expected()
            if (whole and found == said) or time.monotonic() > deadline:
                return found, said

    async def until_applied(self, wanted: int, within: float = 60) -> dict[str, list[int]]:
        """What was applied, once it is that much or the time is over."""
        deadline = time.monotonic() + within
        found: dict[str, list[int]] = {}
        while time.monotonic() < deadline:
            found = await self._applied_if_there() or found
            if sum(len(numbers) for numbers in found.values()) >= wanted:
                break
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.5)
        return await self.applied()


def without_repeats(found: dict[str, list[int]]) -> dict[str, list[int]]:
    return {key: sorted(set(numbers)) for key, numbers in found.items()}
