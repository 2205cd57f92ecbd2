"""One writer, its relay, a topic and its readers, each in a process of its own, and the ledger of expected effects."""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
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
from chassis.outbox import publish
from contracts.booking import SeatDeclined
from contracts.ids import BeneficiaryId, OfferId, SessionId
from deploy.local.processes import Child, Children
from deploy.local.servers import ROOT, Servers
from tests.chassis.conftest import all_records
from tests.conftest import create
from tests.faults.program import HERE, effects, tables, topic_named
from tests.forks import Forking
from tests.waiting import PATIENCE, until

KEYS = [UUID(int=number) for number in range(1, 13)]
PAUSE = 0.03  # seconds between two events of a key: the servers have other work too


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
        children = Forking()
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
        await asyncio.to_thread(child.wait_for, HERE, PATIENCE)

    async def write(self, each: int) -> None:
        """That many more events of every key, each in a transaction of its own, in order per key."""
        await asyncio.gather(*(self._write_key(key, each) for key in KEYS))

    async def _write_key(self, key: UUID, each: int) -> None:
        for _ in range(each):
            await self._insist(key, self.written[key] + 1)
            self.written[key] += 1

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """As long as this lasts, events of every key."""
        going = True

        async def write(key: UUID) -> None:
            while going:
                await self._write_key(key, 1)
                await asyncio.sleep(PAUSE)

        writers = asyncio.gather(*map(write, KEYS))
        try:
            yield
        finally:
            going = False
            await writers

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

            publish(tx, Addressed(**event.model_dump()))

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

    async def count(self) -> int:
        return sum(map(len, (await self.applied()).values()))

    async def until_all_applied(self) -> dict[str, list[int]]:
        """What was applied, once a last event of every key was: whatever is repeated comes before it."""
        await self.write(each=1)
        return await self.until_applied(dict(self.written))

    async def until_applied(self, numbers: Mapping[UUID, int]) -> dict[str, list[int]]:
        """What was applied, once each of these keys has come to that number or beyond."""

        async def come() -> dict[str, list[int]]:
            found = await self._applied_if_there()
            return found if all(number in found.get(str(key), ()) for key, number in numbers.items()) else {}

        return await until(come, "the last of every key is applied")

    async def goes_on(self) -> None:
        """Wait until an event of every key that is written from now on is applied, while others are written."""
        await self.until_applied({key: number + 2 for key, number in self.written.items()})

    async def writes_on(self) -> None:
        """Wait until two more events of every key are written."""
        before = dict(self.written)

        async def written() -> bool:
            return all(self.written[key] > number + 1 for key, number in before.items())

        await until(written, "two more of every key are written")

    async def until_applied_as_said(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """What was applied and what was said, once they agree, repeats besides."""
        await self.until_all_applied()

        async def agreed() -> tuple[dict[str, list[int]], dict[str, list[int]]] | None:
            found, said = await self.applied(), await self.said()
            return (found, said) if found == said else None

        both = await until(agreed, "what was said is applied")
        assert both
        return both


def without_repeats(found: dict[str, list[int]]) -> dict[str, list[int]]:
    return {key: sorted(set(numbers)) for key, numbers in found.items()}
