from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from services.prescription.app import assemble
from services.prescription.settings import Settings
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking, told
from tests.conftest import Created

PERSON = {
    "first_name": "Démo Jeanne",
    "last_name": "Dubœuf",
    "birth_date": "1951-03-02",
    "commune_insee": "26108",
    "channel": "sms",
    "phone": "06 39 98 12 34",
    "audiences": ["senior"],
}


@pytest.fixture
async def app(migrated: Created) -> AsyncIterator[FastAPI]:
    """Prescription on a database of its own, with a centre and a prescriber."""
    site = assemble(told(Settings, await migrated("prescription")))
    app = site.application()
    async with asking(app, ADMINISTRATOR) as admin:
        centre = {"name": "Centre social de Crest", "kind": "social_centre", "commune_insee": "26108"}
        assert (await admin.put(f"/api/centres/{PRESCRIBER.centre_id}", json=centre)).status_code == 204
        named = {"centre_id": str(PRESCRIBER.centre_id), "name": "Démo Nadia"}
        assert (await admin.put(f"/api/prescribers/{PRESCRIBER.prescriber_id}", json=named)).status_code == 204
    yield app
    await site.assembly.database.close()
