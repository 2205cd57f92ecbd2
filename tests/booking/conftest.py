from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any, TypeVar

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.event import Event
from contracts.ids import BeneficiaryId, SessionId, uuid7
from contracts.words import Actor
from services.booking import consumers, queries, usecases
from services.booking.app import create_site
from services.booking.model import Booking
from services.booking.settings import Settings
from services.booking.usecases import Mark, Request
from tests import actors
from tests.actors import MEDIATOR
from tests.booking.events import ME, TOMORROW, in_post, named, prescribed, registered_in_crest, scheduled, stated
from tests.booking.on_paper import POLICY
from tests.conftest import Created

T = TypeVar("T")
BY = Actor(kind="mediator", id=MEDIATOR.mediator_id)


@pytest.fixture
async def site(migrated: Created) -> AsyncIterator[Site]:
    site = create_site(actors.settings_for(Settings, await migrated("booking")))
    yield site
    await site.runtime.database.close()


@pytest.fixture
def database(site: Site) -> Database:
    return site.runtime.database


@pytest.fixture
def app(site: Site) -> FastAPI:
    return site.application()


@pytest.fixture
async def person(site: Site) -> BeneficiaryId:
    """Prescribed before any mediator was in post, named afterwards: the order between topics is nobody's."""
    person = await new_person(site.runtime.database)
    await deliver(site.runtime.database, *in_post(), stated(person))
    return person


@pytest.fixture
async def seat(site: Site, person: BeneficiaryId) -> Booking:
    return await book(site.runtime.database, await new_session(site.runtime.database), person)


@pytest.fixture
async def offer(site: Site, person: BeneficiaryId) -> Booking:
    """A seat of a full session became free."""
    database = site.runtime.database
    session = await new_session(database, capacity=1, starts=TOMORROW + timedelta(days=2))
    (other,) = await new_people(database, 1)
    taken = await book(database, session, other)
    await wait(database, session, person)
    await cancel(database, taken)
    async with database.reading() as reading:
        (offer,) = await queries.bookings_in(reading, session, "offered")
    return offer


@pytest.fixture
async def people(site: Site) -> list[BeneficiaryId]:
    """Three with a book each, whose names have come."""
    people = await new_people(site.runtime.database, 3)
    await deliver(site.runtime.database, *in_post(), *map(named, people, ("Démo Jeanne", "Démo Odile", "Démo Marcel")))
    return people


@pytest.fixture
async def in_care(database: Database, people: list[BeneficiaryId]) -> list[BeneficiaryId]:
    """Those three in my care, all living in Crest; the last one has waited longest."""
    await deliver(database, *map(registered_in_crest, people))
    for days, person in enumerate(people):
        await database.transact(partial(usecases.accept_file, beneficiary_id=person, by=ME))
        async with database.engine.begin() as connection:
            opened = {"days": days, "person": person}
            ago = "UPDATE files SET opened_at = now() - make_interval(days => :days) WHERE beneficiary_id = :person"
            await connection.execute(text(ago), opened)
    return people


async def deliver(database: Database, *events: Event) -> None:
    """As the bus would bring them: each topic's events by its own consumer, a batch in one transaction."""
    consumers_by_topic: dict[str, Callable[..., Awaitable[None]]] = {
        "catalogue.events": partial(consumers.on_catalogue, policy=POLICY),
        "prescription.events": partial(consumers.on_prescription, policy=POLICY),
        "prescription.contacts": consumers.on_contacts,
        "catalogue.contacts": consumers.on_mediators,
        "notifications.events": consumers.on_notifications,
    }
    for topic, batch in groupby(events, key=lambda event: event.topic):
        await database.transact(partial(consumers_by_topic[topic], events=[*batch]))


async def new_session(database: Database, **how: Any) -> SessionId:
    event = scheduled(**how)
    await deliver(database, event)
    return event.session_id


async def new_people(database: Database, count: int) -> list[BeneficiaryId]:
    """With a book each."""
    people = [BeneficiaryId(uuid7()) for _ in range(count)]
    await deliver(database, *map(prescribed, people))
    return people


async def new_person(database: Database) -> BeneficiaryId:
    (person,) = await new_people(database, 1)
    return person


async def book(database: Database, session: SessionId, person: BeneficiaryId, by: Actor = BY) -> Booking:
    return await database.transact(lambda tx: usecases.book(tx, Request(session, person, by), policy=POLICY))


async def booked(database: Database, person: BeneficiaryId, number: int = 0, hours: int = 1) -> Booking:
    """Each at a time of its own, the first tomorrow."""
    session = await new_session(database, starts=TOMORROW + timedelta(hours=3 * number), hours=hours)
    return await book(database, session, person)


async def wait(database: Database, session: SessionId, person: BeneficiaryId) -> int:
    """The place in the list."""
    return (await database.transact(lambda tx: usecases.join_waiting_list(tx, session, person))).place


async def cancel(database: Database, booking: Booking, by: Actor = BY, before: timedelta | None = None) -> Booking:
    """Now, or that long before its start."""
    when = None if before is None else booking.starts_at - before
    return await at(database, lambda tx: usecases.cancel(tx, booking.id, by=by, reason="empêchée", policy=POLICY), when)


async def mark(database: Database, booking: Booking, *, attended: bool, reason: str = "") -> Booking:
    """The day after."""
    seen, when = Mark(attended, BY, reason), booking.starts_at + timedelta(days=1)
    return await at(database, lambda tx: usecases.mark(tx, booking.id, seen, policy=POLICY), when)


async def at(
    database: Database, attempt: Callable[[Transaction], Awaitable[T]], when: datetime | None = None, **later: float
) -> T:
    """Do it as if it were then, or that much later."""

    async def moved(tx: Transaction) -> T:
        tx.now = when or tx.now + timedelta(**later)
        return await attempt(tx)

    return await database.transact(moved)


async def over(site: Site, booking: Booking, **ago: float) -> None:
    """As if its session had ended that long ago, or its offer."""
    earlier = (booking.offered_until or booking.ends_at) - (datetime.now(UTC) - timedelta(**ago))
    times = "starts_at = starts_at - cast(:earlier as interval), ends_at = ends_at - cast(:earlier as interval)"
    offer = ", offered_until = offered_until - cast(:earlier as interval)"
    values = {"earlier": earlier, "session": booking.session_id}
    async with site.runtime.database.engine.begin() as connection:
        await connection.execute(text(f"UPDATE sessions SET {times} WHERE id = :session"), values)  # noqa: S608
        await connection.execute(text(f"UPDATE bookings SET {times}{offer} WHERE session_id = :session"), values)  # noqa: S608
