"""Rule 27: what was being written about a person when they were erased is gone too, in whatever consumer it was."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from aiokafka import ConsumerRecord
from sqlalchemy import text

from chassis import erasure
from chassis.db import Database
from chassis.intake import Intake
from chassis.site import Site
from contracts.contacts import ContactErased
from contracts.event import CloudEvent, Event
from contracts.evolution import place_of
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased, BeneficiaryMerged
from contracts.topics import PRESCRIPTION, TOPICS
from tests.conftest import Created
from tests.interleaving import begun, uncommitted
from tests.sites import site_of

PASSING = (BeneficiaryErased, BeneficiaryMerged, ContactErased)


def intake_of(site: Site, topic: str) -> Intake:
    return site.runtime.consumers[topic].intake


def speaking(site: Site, topic: str) -> list[type[Event]]:
    """What the service consumes there that speaks of a person."""
    consumed = intake_of(site, topic).subscription.reader.types.values()
    kinds = [kind for kind in TOPICS[topic].events if kind in consumed and "beneficiary_id" in kind.model_fields]
    return [kind for kind in kinds if kind not in PASSING and not kind.type.startswith("erasure")]


HEARD = [
    (service, topic)
    for service in ("booking", "catalogue", "notifications")
    for topic in site_of(service).runtime.consumers
    if speaking(site_of(service), topic)
]
PERSON = BeneficiaryId(uuid7())


@pytest.fixture
async def site(migrated: Created, service: str) -> AsyncIterator[Site]:
    site = site_of(service, await migrated(service))
    yield site
    await site.runtime.database.close()


def record(event: Event, body: bytes | None, topic: str) -> "ConsumerRecord[bytes, bytes]":
    envelope = CloudEvent(id=uuid7(), time=datetime.now(UTC), event=event)
    headers = tuple((name, value.encode()) for name, value in envelope.headers().items())
    return ConsumerRecord(topic, 0, uuid7().int % 2**40, 0, 0, event.key.encode(), body, None, 0, 0, headers)


ERASE = record(BeneficiaryErased(beneficiary_id=PERSON), BeneficiaryErased(beneficiary_id=PERSON).body, "")


def news(site: Site, topic: str) -> Sequence["ConsumerRecord[bytes, bytes]"]:
    """Everything that can be said of the person there, and something that can't be read."""
    events = [
        kind.model_validate(json.loads(place_of(kind, "examples").read_text()) | {"beneficiary_id": PERSON})
        for kind in speaking(site, topic)
    ]
    return [*(record(event, event.body, topic) for event in events), record(events[0], b"{", topic)]


async def written(database: Database) -> list[str]:
    """Where the person's id is, also as bytes; not on its way to the bus, which partners read."""
    forms = [str(PERSON), str(PERSON).encode().hex()]
    async with database.reading() as reading:
        tables = await reading.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        found = []
        for name in {*tables} - {"outbox"}:
            query = text(f"SELECT EXISTS (SELECT FROM {name} t WHERE t::text ~ :id)")  # noqa: S608 - our own tables
            if (await reading.execute(query, {"id": "|".join(forms)})).scalar_one():
                found.append(name)
    return found


async def last_of_the_person(database: Database) -> str | None:
    async with database.reading() as reading:
        query = text("SELECT headers->>'ce_type' FROM outbox WHERE key = :id ORDER BY id DESC LIMIT 1")
        return (await reading.execute(query, {"id": str(PERSON)})).scalar()


async def erased_meanwhile(site: Site, topic: str) -> tuple[list[str], str | None]:
    """The news are applied and not committed when the erasure comes; where the person is when both have ended."""
    database, hears = site.runtime.database, intake_of(site, topic)
    parsed, unreadable, _ = hears._parse(news(site, topic))
    async with uncommitted(database, lambda tx: hears._batch(tx, parsed, unreadable, hears._bisect)):
        erasing = await begun(database, intake_of(site, PRESCRIPTION.name).apply([ERASE]), 1)
    await erasing
    return await written(database), await last_of_the_person(database)


@pytest.mark.parametrize(("service", "topic"), HEARD)
async def test_core_15_what_was_being_applied_when_a_person_was_erased_is_gone_too(site: Site, topic: str) -> None:
    assert await erased_meanwhile(site, topic) == ([], "erasure.completed.v1")


@pytest.mark.parametrize(("service", "topic"), HEARD)
async def test_core_15_what_comes_while_a_person_is_being_erased_waits_and_is_dropped(site: Site, topic: str) -> None:
    database = site.runtime.database
    erase = intake_of(site, PRESCRIPTION.name)
    parsed, *_ = erase._parse([ERASE])
    async with uncommitted(database, lambda tx: erase._batch(tx, parsed, [], erase._apply)):
        late = await begun(database, intake_of(site, topic).apply(news(site, topic)), 1)
        assert not late.done()
    await late
    assert (await written(database), await last_of_the_person(database)) == ([], "erasure.completed.v1")


@pytest.mark.parametrize(
    ("service", "topic"), [("notifications", "booking.events"), ("booking", "notifications.events")]
)
async def test_core_15_without_the_turns_what_was_being_applied_stays(
    site: Site, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(erasure, "TURNS", text("SELECT CAST(:slots AS int[]), CAST(:forgets AS bool[])"))
    found, _ = await erased_meanwhile(site, topic)
    assert found
