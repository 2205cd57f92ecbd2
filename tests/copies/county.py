"""The four services on databases of their own; what each publishes is brought to those who consume it, in its order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, groupby
from pathlib import Path
from typing import Any, TypeAlias

import httpx
from aiokafka import ConsumerRecord
from fastapi import FastAPI
from sqlalchemy import text

from chassis import clock
from chassis.site import Site
from chassis.web import Principal
from contracts.event import CloudEvent, Event
from contracts.ids import uuid7
from services.notifications.delivery import Dispatch
from tests.actors import asking

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"

WAITING = text("SELECT id, topic, key, headers, body FROM outbox ORDER BY id")
PUBLISHED = text("DELETE FROM outbox WHERE id = ANY(:ids)")


@dataclass
class County:
    """`down` are services that consume nothing now: what is theirs waits for them. `offset` moves the clock of all.

    `carried` is all that was on its way.
    """

    sites: dict[str, Site]
    offset: Path
    down: set[str] = field(default_factory=set)
    waiting: defaultdict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    carried: list[Record] = field(default_factory=list)
    offsets: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.apps: dict[str, FastAPI] = {name: site.application() for name, site in self.sites.items()}
        self.now = datetime.now(UTC)

    async def ask(self, who: Principal, method: str, service: str, path: str, **what: Any) -> httpx.Response:
        async with asking(self.apps[service], who) as client:
            answer = await client.request(method, path, **what)
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"
        await self.carry()
        return answer

    async def publish(self, *events: Event) -> None:
        """As catalogue publishes it."""
        for event in events:
            envelope = CloudEvent(id=uuid7(), time=self.now, event=event)
            await self._bring([self._record(event.topic, event.key, envelope.headers(), event.body)])
        await self.carry()

    async def carry(self) -> None:
        """Until nobody has anything more to publish, and whoever is not down has consumed all."""
        for site in self.sites.values():
            for consumer in site.runtime.consumers.values():
                consumer.fresh_at = site.runtime.clock.now()
        for service in self.waiting.keys() - self.down:
            await self._consume(service, self.waiting.pop(service))
        while any([await self._publish(site) for site in self.sites.values()]):
            pass

    async def _publish(self, site: Site) -> int:
        database = site.runtime.database
        async with database.reading() as reading:
            rows = (await reading.execute(WAITING)).all()
        await self._bring([self._record(row.topic, row.key, row.headers, row.body) for row in rows])
        await database.transact(lambda tx: tx.execute(PUBLISHED, {"ids": [row.id for row in rows]}))
        return len(rows)

    def _record(self, topic: str, key: str, headers: dict[str, str], body: bytes | None) -> Record:
        sent = tuple((name, value.encode()) for name, value in headers.items())
        return ConsumerRecord(topic, 0, next(self.offsets), 0, 0, key.encode(), body, None, 0, len(body or b""), sent)

    async def _bring(self, records: Sequence[Record]) -> None:
        self.carried += records
        for service in self.sites:
            if service in self.down:
                self.waiting[service] += records
            else:
                await self._consume(service, records)

    async def _consume(self, service: str, records: Sequence[Record]) -> None:
        consumers = self.sites[service].runtime.consumers
        for topic, batch in groupby(records, key=lambda record: record.topic):
            if topic in consumers:
                await consumers[topic].intake.apply([*batch])

    async def move_clock(self, to: datetime) -> None:
        """Of all four."""
        self.now = to
        clock.move(self.offset, to)

    async def send(self) -> None:
        """What notifications has to send now leaves; what became of it is told."""
        site = self.sites["notifications"]
        settings: Any = site.runtime.declared.settings
        await Dispatch.of(settings).drain(site.runtime.database)
        await self.carry()

    async def rows(self, service: str, query: str, **values: object) -> list[Any]:
        async with self.sites[service].runtime.database.reading() as reading:
            return [*(await reading.execute(text(query), values)).all()]

    async def change(self, service: str, query: str, **values: object) -> None:
        await self.sites[service].runtime.database.transact(lambda tx: tx.execute(text(query), values))
