"""Rule 27 on a real Kafka: erased while events of the person are in flight, and replayed as a whole afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from fastapi import FastAPI

from chassis.bus import Bus
from chassis.db import Database
from chassis.site import Site
from contracts.booking import BookingErasureCompleted
from contracts.catalogue import CatalogueErasureCompleted
from contracts.event import Event
from contracts.ids import BeneficiaryId
from contracts.notifications import NotificationsErasureCompleted
from services.prescription.app import create_site
from services.prescription.model.erasure import SLOTS
from services.prescription.settings import Settings
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking, settings_for
from tests.conftest import Created
from tests.prescription.conftest import record
from tests.prescription.steps import confirmed, erased, places_of, prescribed, registered, rows, scalar, use, wallet
from tests.waiting import until

HEARD = "SELECT count(*) FROM bookings WHERE beneficiary_id = :id"
CLOSED = "SELECT count(*) FROM erasures WHERE closed_at IS NOT NULL AND number = :number"
ARCHIVED = "SELECT headers->>'ce_type' FROM published WHERE key = :key ORDER BY id"
LAST_WORDS = ["beneficiary.erased.v1", "contact.erased.v1", "erasure.completed.v1"]


@asynccontextmanager
async def running(url: str, bus: Bus) -> AsyncIterator[tuple[Site, FastAPI]]:
    site = create_site(settings_for(Settings, url, bootstrap=bus.bootstrap))
    async with site.runtime.working():
        await until(lambda: _ready(site))
        yield site, site.application()


async def _ready(site: Site) -> bool:
    return site.runtime.fault == "" and all(consumer.fresh_at for consumer in site.runtime.consumers.values())


async def send(bus: Bus, *events: Event) -> None:
    """As the other services say it."""
    producer = AIOKafkaProducer(bootstrap_servers=bus.bootstrap)
    await producer.start()
    for event in events:
        made = record(event)
        await producer.send_and_wait(event.topic, made.value, key=made.key, headers=[*made.headers])
    await producer.stop()


async def live_contacts(bus: Bus) -> dict[bytes, bytes | None]:
    """What the compacted topic keeps of each key: its last record."""
    consumer = AIOKafkaConsumer("prescription.contacts", bootstrap_servers=bus.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        latest: dict[bytes, bytes | None] = {}
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                latest |= {record.key: record.value for record in records}
        return latest
    finally:
        await consumer.stop()


async def opened(app: FastAPI) -> None:
    async with asking(app, ADMINISTRATOR) as admin:
        centre = {"name": "Centre social de Crest", "kind": "social_centre", "commune_insee": "26108"}
        await admin.put(f"/api/prescription/centres/{PRESCRIBER.centre_id}", json=centre)
        named = {"centre_id": str(PRESCRIBER.centre_id), "name": "Démo Nadia"}
        await admin.put(f"/api/prescription/prescribers/{PRESCRIBER.prescriber_id}", json=named)


async def forgotten(app: FastAPI, bus: Bus, person: str, *in_flight: Event) -> str:
    """Erased while these are on their way; the others answer. The number of the request."""
    whose = BeneficiaryId(UUID(person))
    flying = asyncio.create_task(send(bus, *in_flight))
    number = await erased(app, person)
    await flying
    await send(
        bus,
        confirmed(person),
        BookingErasureCompleted(beneficiary_id=whose, service="booking"),
        CatalogueErasureCompleted(beneficiary_id=whose, service="catalogue"),
        NotificationsErasureCompleted(beneficiary_id=whose, service="notifications"),
    )
    return number


async def test_rule_27_the_erased_stay_forgotten_when_all_is_told_again(bus: Bus, on_the_bus: Created) -> None:
    async with running(await on_the_bus("prescription"), bus) as (site, app):
        database = site.runtime.database
        await opened(app)
        person = await registered(app, email="demo.jeanne@exemple.invalid")
        book = (await prescribed(app, person))["id"]
        history = confirmed(person), wallet(person, 1, use(book, available=4, held=1))
        await send(bus, *history)
        await until(lambda: counted(database, HEARD, 1, id=UUID(person)))
        in_flight = [wallet(person, 2 + number, use(book, available=5)) for number in range(200)]
        number = await forgotten(app, bus, person, *in_flight)
        await until(lambda: counted(database, CLOSED, 1, number=number))
        await send(bus, *history, *in_flight)  # a replay; under new ids, so that the inbox does not know them
        sent_at = site.runtime.clock.now()
        await until(lambda: caught_up(site, sent_at))
        assert await places_of(database, "Dubœuf", "duboeuf", "+33639981234", "demo.jeanne") == []
        assert all(where.startswith("published") for where in await places_of(database, person))
        assert [kind for (kind,) in await rows(database, ARCHIVED, key=person)] == LAST_WORDS
    live = await live_contacts(bus)
    assert live[person.encode()] is None, "the last word on the compacted topic is a tombstone"
    assert {slot.encode() for slot in SLOTS} <= {*live}


async def counted(database: Database, query: str, wanted: int, **values: object) -> bool:
    return bool(await scalar(database, query, **values) == wanted)


async def caught_up(site: Site, sent_at: datetime) -> bool:
    """Nothing of what was sent until then is left to hear, and nothing to say."""
    fresh = [
        consumer.fresh_at is not None and consumer.fresh_at > sent_at for consumer in site.runtime.consumers.values()
    ]
    return all(fresh) and await counted(site.runtime.database, "SELECT count(*) FROM outbox", 0)
