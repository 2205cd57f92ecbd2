"""What the measurements stand on: servers of their own, databases, topics."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy import MetaData

from chassis import db
from chassis.bus import Bus
from chassis.clock import Clock
from chassis.db import Database
from chassis.outbox import row
from contracts.booking import BookingConfirmed
from contracts.ids import BeneficiaryId, BookingId, SessionId, VoucherId, uuid7
from contracts.words import Actor
from deploy.local.servers import Servers
from tests.conftest import create

PARTITIONS = 6


@dataclass(frozen=True)
class Ground:
    servers: Servers

    @property
    def bus(self) -> Bus:
        return Bus(bootstrap=self.servers.kafka.bootstrap)

    async def database(self, *tables: MetaData) -> Database:
        url = await self.servers.postgres.create_database(f"b_{uuid4().hex[:10]}")
        await create(url, *tables)
        return Database(url, clock=Clock(), pool_size=40)

    async def topic(self) -> str:
        name = f"b{uuid4().hex[:8]}.events"
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bus.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(name, PARTITIONS, 1)])
        await admin.close()
        return name


def outbox_rows(count: int, topic: str) -> list[dict[str, Any]]:
    """Confirmed bookings of many people, as `publish` would store them."""
    now = Clock().now()
    rows = [row(confirmed(BeneficiaryId(UUID(int=number % 5000))), now) for number in range(count)]
    return [one | {"topic": topic, "headers": orjson.loads(one["headers"])} for one in rows]


def confirmed(person: BeneficiaryId) -> BookingConfirmed:
    now = Clock().now()
    return BookingConfirmed(
        booking_id=BookingId(uuid7()),
        session_id=SessionId(UUID(int=1)),
        beneficiary_id=person,
        voucher_ids=(VoucherId(UUID(int=2)),),
        starts_at=now,
        ends_at=now,
        booked_at=now,
        by=Actor(kind="mediator", id=UUID(int=3)),
    )


async def fill_outbox(database: Database, rows: Sequence[dict[str, Any]]) -> None:
    connection = await asyncpg.connect(db.dsn(database.url))
    names = ("event_id", "topic", "key", "headers", "body")
    records = [tuple(orjson.dumps(r[n]).decode() if n == "headers" else r[n] for n in names) for r in rows]
    await connection.copy_records_to_table("outbox", records=records, columns=names)
    await connection.execute("ANALYZE outbox")
    await connection.close()
