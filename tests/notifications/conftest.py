from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chassis.db import Database
from chassis.site import Site
from contracts.catalogue import SessionScheduled
from contracts.contacts import ContactStated
from contracts.ids import (
    BeneficiaryId,
    uuid7,
)
from contracts.mediators import MediatorStated
from contracts.prescription import CentreOpened
from services.notifications import consumers
from services.notifications.app import create_site
from services.notifications.delivery import Dispatch
from services.notifications.settings import Settings
from tests.actors import settings_for
from tests.conftest import Created
from tests.notifications.events import CENTRE, MEDIATOR, confirmed, scheduled, stated
from tests.outside import Outside, opened
from tests.waiting import PATIENCE

SILENT_FOR = aiohttp.ClientTimeout(total=None, connect=PATIENCE, sock_read=0.2)


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    with opened(
        Path(tmp_path_factory.mktemp("outside")), "http://127.0.0.1:1/api/notifications/receipts/sms"
    ) as outside:
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
    settings = {**outside.settings(), "provider_answers_within": PATIENCE}
    site = create_site(settings_for(Settings, url, clock_offset_file=offset, quiet_hours=False, **settings))
    centre = CentreOpened(
        centre_id=CENTRE,
        version=1,
        name="Centre social de Crest",
        kind="social_centre",
        commune_insee="26108",
        phone="+33465710001",
    )
    mediator = MediatorStated(mediator_id=MEDIATOR, version=1, name="Démo Karim", phone="+33465710002")
    await site.runtime.database.transact(lambda tx: consumers.on_prescription(tx, [centre]))
    await site.runtime.database.transact(lambda tx: consumers.on_mediators(tx, [mediator]))
    yield site
    await site.runtime.database.close()


@pytest.fixture
def by(site: Site, outside: Outside, offset: Path) -> Any:
    """The same service with other providers."""

    def made(*kinds: str) -> Site:
        settings = {**outside.settings(), "sms": outside.accounts(*kinds), "clock_offset_file": offset,
                    "provider_answers_within": PATIENCE}  # fmt: skip
        return create_site(settings_for(Settings, site.runtime.database.url, quiet_hours=False, **settings))

    return made


@pytest.fixture
def database(site: Site) -> Database:
    return site.runtime.database


async def consume(database: Database, contact: ContactStated, session: SessionScheduled, *booked: Any) -> None:
    """The contact, the session, and what booking said of it."""
    await database.transact(lambda tx: consumers.on_contacts(tx, [contact]))
    await database.transact(lambda tx: consumers.on_catalogue(tx, [session]))
    await database.transact(lambda tx: consumers.on_booking(tx, [*booked]))


def settings_of(site: Site) -> Settings:
    settings = site.runtime.declared.settings
    assert isinstance(settings, Settings)
    return settings


async def send_due(site: Site) -> None:
    await Dispatch.of(settings_of(site)).drain(site.runtime.database)


@pytest.fixture
def both(site: Site, outside: Outside) -> Settings:
    """OVHcloud preferred, Brevo beside it."""
    return with_sms(site, outside, "ovh", "brevo")


def with_sms(site: Site, outside: Outside, *kinds: str, **more: Any) -> Settings:
    settings = settings_of(site)
    accounts = Settings.model_validate({**settings.model_dump(), "sms": outside.accounts(*kinds, **more)}).sms
    return settings.model_copy(update={"sms": accounts})


def only(settings: Settings, provider: int) -> Settings:
    return settings.model_copy(update={"sms": settings.sms[provider : provider + 1]})


def impatient(settings: Settings) -> Dispatch:
    """For providers that hold back their answers: they have all the time to be asked, and none to answer."""
    dispatch = Dispatch.of(settings)
    for provider in dispatch.sms.values():
        provider.line.limit = SILENT_FOR  # type: ignore[attr-defined]
    return dispatch


async def people_booked(database: Database, count: int) -> list[str]:
    """Their telephones."""
    session, people = scheduled(), [BeneficiaryId(uuid7()) for _ in range(count)]
    phones = [f"+3363{uuid7().int % 10**8 // 10:07}5" for _ in people]
    for person, phone in zip(people, phones, strict=True):
        await consume(database, stated(person, phone=phone), session, confirmed(person, session))
    return phones
