"""People with a mobile and a book, in the care of one mediator of the whole system, and sessions to come."""

import asyncio
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from uuid import uuid4

import aiohttp
from aiokafka import AIOKafkaProducer

from contracts.catalogue import MediatorPosted
from contracts.event import CloudEvent, Event
from contracts.ids import BeneficiaryId, MediatorId, SessionId, uuid7
from contracts.mediators import MediatorStated
from deploy.local.demo.people import personas
from deploy.local.system import System
from tests.booking.events import prescribed
from tests.notifications.events import scheduled, stated

KARIM = personas()["karim"]
AT_ONCE, CONNECTIONS = 16, 400
PATIENCE = 60  # seconds
KEPT = 3  # seconds; the servers close a connection that is idle for five
SLOTS = 5  # hours of one day, as many as a book has vouchers

Wish = dict[str, str]


def phones(first: int, count: int) -> dict[BeneficiaryId, str]:
    """New people, each with a number of the range that is kept for fiction, from `first` on."""
    return {BeneficiaryId(uuid7()): f"+3363998{number:04}" for number in range(first, first + count)}


async def publish(system: System, people: dict[BeneficiaryId, str], sessions: int) -> list[list[SessionId]]:
    """As the other services would have. Return the sessions of each slot, which overlap with no other slot's."""
    start = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=5)
    slots = [
        [scheduled(start + timedelta(hours=slot), capacity=1000) for _ in range(sessions)] for slot in range(SLOTS)
    ]
    karim = MediatorId(KARIM.mediator_id or uuid7())
    mediator = MediatorPosted(mediator_id=karim, version=1, space_ids=())
    named = MediatorStated(mediator_id=karim, version=1, name="Démo Karim", phone=None)
    contacts = [stated(person, phone=phone) for person, phone in people.items()]
    producer = AIOKafkaProducer(bootstrap_servers=system.servers.kafka.bootstrap, linger_ms=5)
    await producer.start()
    for event in (mediator, named, *chain(*slots), *contacts, *map(prescribed, people)):
        await _send(producer, event)
    await producer.stop()
    return [[one.session_id for one in slot] for slot in slots]


async def _send(producer: AIOKafkaProducer, event: Event) -> None:
    envelope = CloudEvent(uuid7(), datetime.now(UTC), event)
    headers = [(name, value.encode()) for name, value in envelope.headers().items()]
    await producer.send(event.topic, event.body, key=event.key.encode(), headers=headers)


def client(system: System, url: str = "") -> aiohttp.ClientSession:
    """The mediator's own software, which asks booking unless told another address."""
    headers = {"Authorization": f"Bearer {system.token_for(KARIM)}"}
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEPT)
    return aiohttp.ClientSession(url or system.urls["booking"], headers=headers, connector=connector)


async def accept_all(mediator: aiohttp.ClientSession, people: Collection[BeneficiaryId]) -> None:
    """As soon as booking knows of them."""
    waiting = [*people]

    async def accept() -> None:
        while waiting:
            person = waiting.pop()
            while await command(mediator, f"/api/booking/files/{person}/accept") != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    await asyncio.gather(*(accept() for _ in range(AT_ONCE)))


async def command(mediator: aiohttp.ClientSession, path: str, body: object = None) -> int:
    """Return the status of the answer."""
    async with mediator.post(path, json=body, headers={"Idempotency-Key": str(uuid4())}) as answer:
        await answer.read()
        return answer.status


async def received(system: System, numbers: Collection[str], count: int) -> list[dict[str, str]]:
    """The messages to these numbers at the provider, once there are as many, or after a minute."""
    deadline = time.monotonic() + PATIENCE
    async with aiohttp.ClientSession() as provider:
        while True:
            async with provider.get(f"{system.urls['outside']}/messages.json") as answer:
                messages = [message for message in await answer.json() if message["to"] in numbers]
            if len(messages) >= count or time.monotonic() > deadline:
                return messages
            await asyncio.sleep(0.5)


def wishes(people: Sequence[BeneficiaryId], slots: Sequence[Sequence[SessionId]]) -> list[Wish]:
    """Every voucher of every person is spent: one seat in each slot, nobody's seats side by side."""
    return [
        {"session_id": str(slot[number % len(slot)]), "beneficiary_id": str(person)}
        for slot in slots
        for number, person in enumerate(people)
    ]
