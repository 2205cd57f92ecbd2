"""A session without a free seat, and those who wait for one."""

from datetime import timedelta
from typing import Any

from chassis.db import Database
from contracts.ids import BeneficiaryId, SessionId
from services.booking import queries, usecases
from services.booking.model import Booking
from tests.booking.conftest import (
    BY,
    at,
    book,
    new_people,
    new_session,
    wait,
)
from tests.booking.events import TOMORROW
from tests.booking.on_paper import POLICY

SOON = TOMORROW + timedelta(days=5)


class Full:
    """A session of one seat, taken by the first; the others wait in their order."""

    def __init__(self, database: Database, session: SessionId, taken: Booking, people: list[BeneficiaryId]) -> None:
        self.database, self.session, self.taken, self.people = database, session, taken, people

    @classmethod
    async def of(cls, database: Database, waiting: int = 3) -> "Full":
        session, (first, *others) = (
            await new_session(database, starts=SOON, capacity=1),
            await new_people(database, waiting + 1),
        )
        taken = await book(database, session, first)
        for person in others:
            await wait(database, session, person)
        return cls(database, session, taken, others)

    async def offer(self) -> Booking | None:
        async with self.database.reading() as reading:
            offers = await queries.bookings_in(reading, self.session, "offered")
        assert len(offers) < 2
        return offers[0] if offers else None

    async def offered_to(self) -> int | None:
        """Which of those who wait, from 0."""
        offer = await self.offer()
        return self.people.index(offer.person) if offer else None

    async def decide(self, attempt: Any, *, hours: float = 0) -> Any:
        offer = await self.offer()
        assert offer
        return await at(self.database, lambda tx: attempt(tx, offer.id), hours=hours)

    async def accept(self, *, hours: float = 0) -> Any:
        return await self.decide(lambda tx, offer: usecases.accept_offer(tx, offer, by=BY), hours=hours)

    async def decline(self) -> Any:
        return await self.decide(lambda tx, offer: usecases.decline_offer(tx, offer, policy=POLICY))
