from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.db import Database, Transaction
from chassis.refusal import Refusal
from chassis.site import Site
from contracts.catalogue import MediatorPosted, Place, SessionScheduled
from contracts.contacts import ContactStated
from contracts.event import Event
from contracts.ids import (
    BeneficiaryId,
    BookId,
    CentreId,
    MediatorId,
    PrescriberId,
    SessionId,
    SpaceId,
    TrainingId,
    VoucherId,
    uuid7,
)
from contracts.prescription import BookPrescribed
from contracts.words import Actor
from services.booking import consumers, queries, usecases
from services.booking.app import assemble
from services.booking.model import Booking
from services.booking.settings import Settings, Terms
from services.booking.usecases import Mark, Request
from tests import actors
from tests.actors import MEDIATOR
from tests.conftest import Created

TERMS = Terms(link_secret=actors.LINK_SECRET)
T = TypeVar("T")
BY = Actor(kind="mediator", id=MEDIATOR.mediator_id)
TOMORROW = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
PLACE = Place(
    space_id=SpaceId(UUID(int=7)),
    name="8 Fablab",
    address="rue Courre Commère",
    postal_code="26400",
    commune="Crest",
    commune_insee="26108",
    latitude=44.728,
    longitude=5.023,
    phone=None,
)


def prescribed(person: BeneficiaryId, rank: int = 1) -> BookPrescribed:
    a, b, c, d, e = (VoucherId(uuid7()) for _ in range(5))
    return BookPrescribed(
        book_id=BookId(uuid7()),
        beneficiary_id=person,
        centre_id=CentreId(UUID(int=1)),
        prescriber_id=PrescriberId(UUID(int=2)),
        rank=rank,
        voucher_ids=(a, b, c, d, e),
        prescribed_at=TOMORROW - timedelta(days=3),
        expires_on=None,
        need="farm",
        audiences=("farmer",),
    )


def scheduled(starts: datetime = TOMORROW, *, capacity: int = 12, hours: int = 1, version: int = 1) -> SessionScheduled:
    return SessionScheduled(
        session_id=SessionId(uuid7()),
        version=version,
        training_id=TrainingId(UUID(int=3)),
        training_code="MAIL-1",
        training_title="Envoyer un e-mail",
        bring="Rien à apporter.",
        place=PLACE,
        mediator_id=MediatorId(MEDIATOR.mediator_id or UUID(int=0)),
        starts_at=starts,
        ends_at=starts + timedelta(hours=hours),
        capacity=capacity,
        vouchers=hours,
    )


def stated(person: BeneficiaryId) -> ContactStated:
    return ContactStated(
        beneficiary_id=person,
        version=1,
        centre_id=CentreId(UUID(int=1)),
        first_name="Démo Jeanne",
        last_initial="D",
        channel="sms",
        phone="+33639981234",
        phone_kind="mobile",
        email=None,
        postal_address=(),
        language_level="fluent",
        opt_outs=(),
        book_references=(),
    )


def posted() -> MediatorPosted:
    return MediatorPosted(
        mediator_id=MediatorId(MEDIATOR.mediator_id or UUID(int=0)),
        version=1,
        name="Démo Karim",
        phone=None,
        space_ids=(),
    )


@pytest.fixture
async def site(migrated: Created) -> AsyncIterator[Site]:
    site = assemble(actors.told(Settings, await migrated("booking"), database_pool=30))
    yield site
    await site.assembly.database.close()


@pytest.fixture
def database(site: Site) -> Database:
    return site.assembly.database


async def told(database: Database, *events: Event) -> None:
    """As the bus would bring them: each topic's events by its own consumer, a batch in one transaction."""
    hears: dict[str, Callable[..., Awaitable[None]]] = {
        "catalogue.events": partial(consumers.on_catalogue, terms=TERMS),
        "prescription.events": partial(consumers.on_prescription, terms=TERMS),
        "prescription.contacts": consumers.on_contacts,
        "notifications.events": consumers.on_notifications,
    }
    for topic, batch in groupby(events, key=lambda event: event.topic):
        await database.transact(partial(hears[topic], events=[*batch]))


async def new_session(database: Database, **how: Any) -> SessionId:
    event = scheduled(**how)
    await told(database, event)
    return event.session_id


async def new_people(database: Database, count: int) -> list[BeneficiaryId]:
    """With a book each."""
    people = [BeneficiaryId(uuid7()) for _ in range(count)]
    await told(database, *map(prescribed, people))
    return people


async def new_person(database: Database) -> BeneficiaryId:
    (person,) = await new_people(database, 1)
    return person


async def book(database: Database, session: SessionId, person: BeneficiaryId, by: Actor = BY) -> Booking:
    return await database.transact(lambda tx: usecases.book(tx, Request(session, person, by), terms=TERMS))


async def wait(database: Database, session: SessionId, person: BeneficiaryId) -> int:
    """The place in the list."""
    return (await database.transact(lambda tx: usecases.join_waiting_list(tx, session, person))).place


async def cancel(database: Database, booking: Booking, by: Actor = BY, before: timedelta | None = None) -> Booking:
    """Now, or that long before its start."""
    when = None if before is None else booking.starts_at - before
    return await at(database, lambda tx: usecases.cancel(tx, booking.id, by=by, reason="empêchée", terms=TERMS), when)


async def mark(database: Database, booking: Booking, *, attended: bool, reason: str = "") -> Booking:
    """The day after."""
    seen, when = Mark(attended, BY, reason), booking.starts_at + timedelta(days=1)
    return await at(database, lambda tx: usecases.mark(tx, booking.id, seen, terms=TERMS), when)


async def at(
    database: Database, attempt: Callable[[Transaction], Awaitable[T]], when: datetime | None = None, **later: float
) -> T:
    """Do it as if it were then, or that much later."""

    async def moved(tx: Transaction) -> T:
        tx.now = when or tx.now + timedelta(**later)
        return await attempt(tx)

    return await database.transact(moved)


async def outcome(attempt: Awaitable[object]) -> str:
    try:
        await attempt
    except Refusal as refusal:
        return type(refusal).__name__
    return "done"


async def use(database: Database, person: BeneficiaryId) -> tuple[int, int, int]:
    """Vouchers of the first book: available, held, consumed."""
    async with database.reading() as reading:
        first = (await queries.wallet(reading, person)).uses()[0]
    return first.available, first.held, first.consumed


async def said(database: Database, *kinds: str) -> list[str]:
    """The types of what was said, in order; only these when some are named."""
    async with database.reading() as reading:
        types = await reading.scalars(text("SELECT headers->>'ce_type' FROM outbox ORDER BY id"))
        found = [one.removesuffix(".v1") for one in types]
    return [one for one in found if not kinds or one in kinds]


@pytest.fixture
def app(site: Site) -> FastAPI:
    return site.application()
