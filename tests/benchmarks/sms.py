"""From the mediator's form to the SMS at the provider: the whole system, 50 bookings a second."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import aiohttp
import uvloop
from aiokafka import AIOKafkaProducer

from chassis.web import token_for
from contracts.catalogue import MediatorPosted
from contracts.event import CloudEvent, Event
from contracts.ids import BeneficiaryId, MediatorId, SessionId, uuid7
from deploy.local.demo.people import personas
from deploy.local.system import System
from tests.benchmarks.table import Line, spread
from tests.booking.events import prescribed
from tests.notifications.events import scheduled, stated

RATE, SECONDS, SESSIONS = 50, 15, 15
PEOPLE = RATE * SECONDS
KARIM = personas()["karim"]


def form_to_sms(folder: Path) -> Line:
    with System.started(folder, afresh=True) as system:
        delays = uvloop.run(_measure(system))
    return spread(f"form to SMS at {RATE} bookings/s", delays, "p99 < 1 s")


async def _measure(system: System) -> Sequence[float]:
    people = [BeneficiaryId(uuid7()) for _ in range(PEOPLE)]
    sessions = await _tell(system, people)
    headers = {"Authorization": f"Bearer {token_for(KARIM, system.servers.secret)}"}
    async with aiohttp.ClientSession(system.urls["booking"], headers=headers) as client:
        await _take_over(client, people)
        await _received(system, 2 * PEOPLE)  # the book, and the mediator
        asked = await _book_steadily(client, people, sessions)
    return await _delays(system, asked)


async def _tell(system: System, people: Sequence[BeneficiaryId]) -> list[SessionId]:
    """As the other services would have: a mediator, sessions, people with a mobile and a book."""
    start = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=5)
    sessions = [scheduled(start + timedelta(hours=number % 4), capacity=100) for number in range(SESSIONS)]
    mediator = MediatorPosted(
        mediator_id=MediatorId(KARIM.mediator_id or uuid7()), version=1, name="Démo Karim", phone=None, space_ids=()
    )
    phones = [stated(person, phone=f"+3363998{number:04}") for number, person in enumerate(people, 1000)]
    producer = AIOKafkaProducer(bootstrap_servers=system.servers.kafka.bootstrap, linger_ms=5)
    await producer.start()
    for event in (mediator, *sessions, *phones, *map(prescribed, people)):
        await _say(producer, event)
    await producer.stop()
    return [one.session_id for one in sessions]


async def _say(producer: AIOKafkaProducer, event: Event) -> None:
    said = CloudEvent(uuid7(), datetime.now(UTC), event)
    headers = [(name, value.encode()) for name, value in said.headers().items()]
    await producer.send(event.topic, event.body, key=event.key.encode(), headers=headers)


async def _take_over(client: aiohttp.ClientSession, people: Sequence[BeneficiaryId]) -> None:
    for person in people:
        while not await _accepted(client, person):  # noqa: ASYNC110 - the file is proposed when booking has heard
            await asyncio.sleep(0.1)


async def _accepted(client: aiohttp.ClientSession, person: BeneficiaryId) -> bool:
    key = {"Idempotency-Key": str(uuid4())}
    async with client.post(f"/api/files/{person}/accept", headers=key) as answer:
        return answer.ok


async def _received(system: System, count: int) -> list[dict[str, str]]:
    """The messages at the provider, once there are as many, or after a minute."""
    deadline = time.monotonic() + 60
    async with aiohttp.ClientSession() as client:
        while True:
            async with client.get(f"{system.urls['outside']}/messages.json") as answer:
                messages: list[dict[str, str]] = await answer.json()
            if len(messages) >= count or time.monotonic() > deadline:
                return messages
            await asyncio.sleep(0.5)


async def _book_steadily(
    client: aiohttp.ClientSession, people: Sequence[BeneficiaryId], sessions: Sequence[SessionId]
) -> dict[str, float]:
    """When each person's form was sent, by telephone number."""
    asked: dict[str, float] = {}
    began, asking = time.perf_counter(), []
    for number, person in enumerate(people):
        await asyncio.sleep(max(began + number / RATE - time.perf_counter(), 0))
        asked[f"+3363998{number + 1000:04}"] = time.time()
        wish = {"session_id": str(sessions[number % len(sessions)]), "beneficiary_id": str(person)}
        asking.append(asyncio.create_task(_book(client, wish)))
    await asyncio.gather(*asking)
    return asked


async def _book(client: aiohttp.ClientSession, wish: dict[str, str]) -> None:
    async with client.post("/api/bookings", json=wish, headers={"Idempotency-Key": str(uuid4())}) as answer:
        answer.raise_for_status()


async def _delays(system: System, asked: dict[str, float]) -> Sequence[float]:
    told = [one for one in await _received(system, 3 * PEOPLE) if "séance réservée" in one["text"]]
    found = {one["to"]: datetime.fromisoformat(one["at"]).timestamp() for one in told}
    return [found.get(number, float("inf")) - at for number, at in asked.items()]
