from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from chassis.db import Database
from chassis.site import Site
from contracts.ids import MediatorId, SpaceId, TrainingId, uuid7
from services.catalogue import queries, usecases
from services.catalogue.app import create_site
from services.catalogue.model import Author, LabelForm, MediatorForm, SessionForm
from services.catalogue.settings import Settings
from services.catalogue.standards import Place, places_to_csv, read_places
from services.catalogue.trainings import read_trainings
from tests.actors import MEDIATOR, settings_for
from tests.conftest import Created

OFFICE = Author("admin", "Démo Karim", administrator=True)
TODAY = datetime.now(UTC).date()
NEXT_WEEK = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=7)


def place(source_id: str = "drome-1", **more: object) -> Place:
    known = {
        "id": source_id,
        "pivot": "0" * 14,
        "nom": f"Espace numérique {source_id}",
        "commune": "Crest",
        "code_postal": "26400",
        "code_insee": "26108",
        "adresse": "1 rue de la Démonstration",
        "latitude": 44.728,
        "longitude": 5.023,
        "date_maj": date(2026, 3, 31),
    }
    return Place.model_validate(known | more)


@pytest.fixture
async def site(migrated: Created) -> AsyncIterator[Site]:
    site = create_site(settings_for(Settings, await migrated("catalogue")))
    yield site
    await site.runtime.database.close()


@pytest.fixture
def database(site: Site) -> Database:
    return site.runtime.database


@pytest.fixture
async def form(database: Database) -> SessionForm:
    """A session that may be put on: trainings published, a space labelled for a year, a mediator in post."""
    reading = read_places(places_to_csv([place("drome-1"), place("drome-2")]).encode())
    await database.transact(lambda tx: usecases.publish_trainings(tx, read_trainings()))
    await database.transact(lambda tx: usecases.import_places(tx, reading, trial=False))
    mediator = MediatorId(MEDIATOR.mediator_id or uuid7())
    await database.transact(lambda tx: usecases.upsert_mediator(tx, mediator, MediatorForm(name="Démo Karim")))
    space = await first_space(database)
    label = LabelForm(first_day=TODAY, last_day=TODAY + timedelta(days=365), seats=12)
    await database.transact(lambda tx: usecases.label_space(tx, space, label))
    return SessionForm(
        training_id=await first_training(database),
        space_id=space,
        mediator_id=mediator,
        starts_at=NEXT_WEEK,
        capacity=8,
    )


async def first_space(database: Database) -> SpaceId:
    return (await space_ids(database))["drome-1"]


async def space_ids(database: Database) -> dict[str, SpaceId]:
    """By the id in the file."""
    async with database.reading() as reading:
        return {space.source_id: space.id for space in await queries.all_spaces(reading)}


async def first_training(database: Database) -> TrainingId:
    async with database.reading() as reading:
        return (await queries.training_by_code(reading, "MAIL-01")).id
