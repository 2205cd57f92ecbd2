import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from chassis.clock import LOOK_EVERY
from chassis.db import Database
from chassis.site import Site
from contracts.booking import BookingConfirmed
from contracts.catalogue import MediatorPosted, Place, SessionScheduled
from contracts.contacts import ContactStated
from contracts.ids import (
    BeneficiaryId,
    BookingId,
    CentreId,
    MediatorId,
    SessionId,
    SpaceId,
    TrainingId,
    VoucherId,
    uuid7,
)
from contracts.prescription import CentreOpened
from contracts.words import Actor
from services.notifications import consumers
from services.notifications.app import assemble
from services.notifications.delivery import Dispatch
from services.notifications.model import Notice
from services.notifications.settings import Settings
from tests.actors import told
from tests.conftest import Created
from tests.outside import Outside, opened

CENTRE = CentreId(UUID(int=1))
MEDIATOR = MediatorId(UUID(int=2))
IN_FIVE_DAYS = datetime.now(UTC).replace(hour=13, minute=30, second=0, microsecond=0) + timedelta(days=5)


def place(name: str = "8 Fablab", address: str = "rue Courre Commère", commune: str = "Crest") -> Place:
    return Place(
        space_id=SpaceId(UUID(int=3)),
        name=name,
        address=address,
        postal_code="26400",
        commune=commune,
        commune_insee="26108",
        latitude=None,
        longitude=None,
        phone=None,
    )


def scheduled(starts_at: datetime = IN_FIVE_DAYS, **more: Any) -> SessionScheduled:
    return SessionScheduled(
        session_id=SessionId(uuid7()),
        version=1,
        training_id=TrainingId(UUID(int=4)),
        training_code="MAIL-01",
        training_title="Créer son adresse e-mail",
        bring="Votre téléphone portable.",
        place=place(),
        mediator_id=MEDIATOR,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        capacity=8,
        vouchers=1,
    ).model_copy(update=more)


def stated(person: BeneficiaryId, **more: Any) -> ContactStated:
    return ContactStated(
        beneficiary_id=person,
        version=1,
        centre_id=CENTRE,
        first_name="Démo Jeanne",
        last_initial="D",
        channel="sms",
        phone=f"+3363998{person.int % 10000:04}",
        phone_kind="mobile",
        email=None,
        postal_address=(),
        language_level="fluent",
        opt_outs=(),
        book_references=(),
    ).model_copy(update=more)


def confirmed(person: BeneficiaryId, session: SessionScheduled) -> BookingConfirmed:
    return BookingConfirmed(
        booking_id=BookingId(uuid7()),
        session_id=session.session_id,
        beneficiary_id=person,
        voucher_ids=(VoucherId(uuid7()),),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        booked_at=datetime.now(UTC),
        by=Actor(kind="mediator"),
    )


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    with opened(Path(tmp_path_factory.mktemp("outside")), "http://127.0.0.1:1/api/receipts/sms") as outside:
        yield outside


@pytest.fixture
def outside(providers: Outside) -> Outside:
    """Whatever the last test did to them, each begins with providers that are well."""
    providers.mended()
    return providers


@pytest.fixture
def offset(tmp_path: Path) -> Path:
    """The seconds by which the service's clock is moved."""
    file = tmp_path / "offset"
    file.write_text("0")
    return file


@pytest.fixture
async def site(migrated: Created, outside: Outside, offset: Path) -> AsyncIterator[Site]:
    url = await migrated("notifications")
    site = assemble(told(Settings, url, clock_offset_file=offset, quiet_hours=False, **outside.settings()))
    centre = CentreOpened(
        centre_id=CENTRE,
        version=1,
        name="Centre social de Crest",
        kind="social_centre",
        commune_insee="26108",
        phone="+33465710001",
    )
    mediator = MediatorPosted(mediator_id=MEDIATOR, version=1, name="Démo Karim", phone="+33465710002", space_ids=())
    await site.assembly.database.transact(lambda tx: consumers.on_prescription(tx, [centre]))
    await site.assembly.database.transact(lambda tx: consumers.on_catalogue(tx, [mediator]))
    yield site
    await site.assembly.database.close()


@pytest.fixture
def by(site: Site, outside: Outside, offset: Path) -> Any:
    """The same service with other providers."""

    def made(*kinds: str) -> Site:
        settings = {**outside.settings(), "sms": outside.accounts(*kinds), "clock_offset_file": offset}
        return assemble(told(Settings, site.assembly.database.url, quiet_hours=False, **settings))

    return made


@pytest.fixture
def database(site: Site) -> Database:
    return site.assembly.database


def move(offset: Path, to: datetime) -> None:
    """The service's clock."""
    offset.write_text(str((to - datetime.now(UTC)).total_seconds()))
    time.sleep(2 * LOOK_EVERY)


async def heard(database: Database, contact: ContactStated, session: SessionScheduled, *booked: Any) -> None:
    """The contact, the session, and what booking said of it."""
    await database.transact(lambda tx: consumers.on_contacts(tx, [contact]))
    await database.transact(lambda tx: consumers.on_catalogue(tx, [session]))
    await database.transact(lambda tx: consumers.on_booking(tx, [*booked]))


async def send_due(site: Site) -> None:
    settings = site.assembly.declared.settings
    assert isinstance(settings, Settings)
    await Dispatch.of(settings).drain(site.assembly.database)


@pytest.fixture
def both(site: Site, outside: Outside) -> Settings:
    """OVHcloud preferred, Brevo beside it."""
    return with_sms(site, outside, "ovh", "brevo")


def with_sms(site: Site, outside: Outside, *kinds: str, **more: Any) -> Settings:
    settings = site.assembly.declared.settings
    assert isinstance(settings, Settings)
    accounts = Settings.model_validate({**settings.model_dump(), "sms": outside.accounts(*kinds, **more)}).sms
    return settings.model_copy(update={"sms": accounts})


def impatient(settings: Settings, provider: int) -> Settings:
    """With one provider only, and no patience."""
    only = {"sms": settings.sms[provider : provider + 1], "provider_answers_within": timedelta(seconds=1)}
    return settings.model_copy(update=only)


async def people_booked(database: Database, count: int) -> list[str]:
    """Their telephones."""
    session, people = scheduled(), [BeneficiaryId(uuid7()) for _ in range(count)]
    phones = [f"+3363{uuid7().int % 10**8 // 10:07}5" for _ in people]
    for person, phone in zip(people, phones, strict=True):
        await heard(database, stated(person, phone=phone), session, confirmed(person, session))
    return phones


async def rows(database: Database) -> list[Notice]:
    async with database.reading() as reading:
        found = await reading.scalars(select(Notice).where(Notice.kind == "booking_confirmed").order_by(Notice.rank))
        return [*found]
