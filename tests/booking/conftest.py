from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chassis.db import Database
from chassis.site import Site
from contracts.catalogue import MediatorPosted, Place, SessionScheduled
from contracts.contacts import ContactStated
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
from services.booking import consumers
from services.booking.app import assemble
from services.booking.settings import Settings
from tests.actors import MEDIATOR, told
from tests.conftest import Created

BY = Actor(kind="mediator", id=MEDIATOR.mediator_id)
TOMORROW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
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
    site = assemble(told(Settings, await migrated("booking"), database_pool=30))
    yield site
    await site.assembly.database.close()


@pytest.fixture
def database(site: Site) -> Database:
    return site.assembly.database


async def new_session(database: Database, **how: object) -> SessionId:
    event = scheduled(**how)  # type: ignore[arg-type]
    await database.transact(lambda tx: consumers.on_catalogue(tx, [event]))
    return event.session_id


async def new_person(database: Database) -> BeneficiaryId:
    person = BeneficiaryId(uuid7())
    event = prescribed(person)
    await database.transact(lambda tx: consumers.on_prescription(tx, [event]))
    return person
