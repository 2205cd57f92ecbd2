"""From the mediator's form to the SMS at the provider: the whole system, 50 bookings a second."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from itertools import chain

import aiohttp

from deploy.local.system import System
from tests.benchmarks import residents
from tests.benchmarks.residents import Wish
from tests.benchmarks.table import Line, spread

RATE, SECONDS, SESSIONS = 50, 15, 3
PEOPLE = RATE * SECONDS
FIRST_NUMBER = 1000


async def form_to_sms(system: System) -> list[Line]:
    people = residents.phones(FIRST_NUMBER, PEOPLE)
    slots = await residents.publish(system, people, SESSIONS)
    async with residents.client(system) as mediator:
        await residents.accept_all(mediator, people)
        await residents.received(system, {*people.values()}, 2 * PEOPLE)  # the book, and the mediator
        wishes = residents.wishes([*people], [[*chain(*slots)]])
        asked = await _book_steadily(mediator, wishes, [*people.values()])
    return [spread(f"form to SMS at {RATE} bookings/s", await _delays(system, asked), "p99 < 1 s")]


async def _book_steadily(
    mediator: aiohttp.ClientSession, wishes: Sequence[Wish], numbers: Sequence[str]
) -> dict[str, float]:
    """When each person's form was sent, by telephone number."""
    asked: dict[str, float] = {}
    began, asking = time.perf_counter(), []
    for place, (wish, number) in enumerate(zip(wishes, numbers, strict=True)):
        await asyncio.sleep(max(began + place / RATE - time.perf_counter(), 0))
        asked[number] = time.time()
        asking.append(asyncio.create_task(residents.command(mediator, "/api/booking/bookings", wish)))
    await asyncio.gather(*asking)
    return asked


async def _delays(system: System, asked: dict[str, float]) -> Sequence[float]:
    messages = await residents.received(system, {*asked}, 3 * PEOPLE)
    booked = [message for message in messages if "séance réservée" in message["text"]]
    at = {message["to"]: datetime.fromisoformat(message["at"]).timestamp() for message in booked}
    return [at.get(number, float("inf")) - sent for number, sent in asked.items()]
