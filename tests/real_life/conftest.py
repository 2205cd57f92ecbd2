"""The product's own doors, as the tests of each service open them."""

from collections.abc import AsyncIterator

import pytest

from chassis.site import Site
from services.catalogue.app import create_site
from services.catalogue.settings import Settings
from tests.actors import settings_for
from tests.conftest import Created
from tests.prescription.conftest import app, database, site

__all__ = ["app", "catalogue", "database", "site"]


@pytest.fixture
async def catalogue(migrated: Created) -> AsyncIterator[Site]:
    site = create_site(settings_for(Settings, await migrated("catalogue")))
    yield site
    await site.runtime.database.close()
