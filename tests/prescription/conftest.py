from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from aiokafka import ConsumerRecord
from fastapi import FastAPI

from chassis.clock import Clock
from chassis.db import Database
from chassis.site import Site
from chassis.web import Principal
from contracts.event import CloudEvent, Event
from contracts.ids import CentreId, PrescriberId, uuid7
from services.prescription.app import create_site
from services.prescription.settings import Settings
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking, settings_for
from tests.conftest import Created
from tests.prescription.forging import Forger, forging
from tests.prescription.providing import visitor, with_provider

PERSON = {
    "first_name": "Démo Jeanne",
    "last_name": "Dubœuf",
    "birth_date": "1951-03-02",
    "commune_insee": "26108",
    "channel": "sms",
    "phone": "06 39 98 12 34",
    "audiences": ["senior"],
}
OTHER_PRESCRIBER = Principal(
    subject="paul",
    name="Démo Paul",
    roles=frozenset({"prescriber"}),
    centre_id=CentreId(UUID("018f0000-0000-7000-8000-0000000000c2")),
    prescriber_id=PrescriberId(UUID("018f0000-0000-7000-8000-0000000000a2")),
)
CENTRES = {PRESCRIBER: "Centre social de Crest", OTHER_PRESCRIBER: "Centre social de Die"}


@pytest.fixture
async def site(migrated: Created) -> AsyncIterator[Site]:
    """Prescription on a database of its own, with two centres and a prescriber in each; news is fresh."""
    site = create_site(settings_for(Settings, await migrated("prescription")))
    app = site.application()
    async with asking(app, ADMINISTRATOR) as admin:
        for who, name in CENTRES.items():
            centre = {"name": name, "kind": "social_centre", "commune_insee": "26108", "phone": "04 65 71 00 01"}
            assert (await admin.put(f"/api/prescription/centres/{who.centre_id}", json=centre)).status_code == 204
            named = {"centre_id": str(who.centre_id), "name": who.name}
            assert (
                await admin.put(f"/api/prescription/prescribers/{who.prescriber_id}", json=named)
            ).status_code == 204
    news(site, timedelta(0))
    yield site
    await site.runtime.database.close()


@pytest.fixture
def app(site: Site) -> FastAPI:
    return site.application()


@pytest.fixture
def database(site: Site) -> Database:
    return site.runtime.database


@pytest.fixture
def forger() -> Iterator[Forger]:
    """A sign-in provider that says whatever a test wants."""
    with forging() as made:
        yield made


@pytest.fixture
def product(site: Site, forger: Forger) -> FastAPI:
    """Prescription, whose people sign in by that provider."""
    return with_provider(site, forger)


@pytest.fixture
async def browser(product: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with visitor(product) as made:
        yield made


def news(site: Site, age: timedelta | None) -> None:
    """How long ago booking had nothing more to tell."""
    consumer = site.runtime.consumers["booking.events"]
    consumer.fresh_at = None if age is None else site.runtime.clock.now() - age


async def consume(site: Site, *events: Event, thread: str = "") -> None:
    """As it would come from Kafka: through the intake, in one batch."""
    intake = site.runtime.consumers[events[0].topic].intake
    await intake.apply([record(event, thread) for event in events])


def record(event: Event, thread: str = "") -> ConsumerRecord[bytes, bytes]:
    envelope = CloudEvent(id=uuid7(), time=Clock().now(), event=event, correlation_id=thread or str(uuid7()))
    headers = tuple((name, value.encode()) for name, value in envelope.headers().items())
    body = event.body
    return ConsumerRecord(event.topic, 0, 0, 0, 0, event.key.encode(), body, None, 0, len(body or b""), headers)
