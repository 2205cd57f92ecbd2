"""What a job can't do for one label, one mediator or one training, it does for all others."""

from datetime import timedelta

import pytest

from chassis.db import Database
from chassis.site import Site
from contracts.ids import MediatorId, uuid7
from services.catalogue import usecases
from services.catalogue.model import LabelForm, MediatorForm, SessionForm
from tests.catalogue.conftest import TODAY, space_ids
from tests.jobs import change, count, do, poisoned

JOBS = {
    "look at labels": (
        "UPDATE labels SET valid = daterange(lower(valid) - 9, lower(valid) - 1)",
        ("labels", "space_id"),
        "SELECT count(*) FROM labels WHERE NOT ended",
    ),
    "look at posts": (
        "UPDATE mediators SET left_on = left_on - 9",
        ("mediators", "id"),
        "SELECT count(*) FROM mediators WHERE in_post",
    ),
    "refold the words of trainings": (
        "UPDATE training_terms SET term = 'x' || term",
        ("training_terms", "training_id"),
        "SELECT count(DISTINCT training_id) FROM training_terms WHERE term LIKE 'x%'",
    ),
}


@pytest.fixture
async def two_of_each(database: Database, form: SessionForm) -> None:
    """Two labelled spaces, two mediators who are to leave, all trainings."""
    label = LabelForm(first_day=TODAY, last_day=TODAY + timedelta(days=365), seats=12)
    other = (await space_ids(database))["drome-2"]
    await database.transact(lambda tx: usecases.label_space(tx, other, label))
    for mediator in (form.mediator_id, MediatorId(uuid7())):
        leaving = MediatorForm(name="Démo", left_on=TODAY + timedelta(days=5))
        await database.transact(lambda tx, who=mediator, how=leaving: usecases.upsert_mediator(tx, who, how))  # type: ignore[misc]


@pytest.mark.usefixtures("two_of_each")
@pytest.mark.parametrize("name", JOBS)
async def test_core_16_one_that_fails_holds_up_none_of_the_others(site: Site, database: Database, name: str) -> None:
    prepare, (table, key), left = JOBS[name]
    await change(database, prepare)
    async with poisoned(database, table, key):
        with pytest.raises(ExceptionGroup):
            await do(site, name)
        assert await count(database, left) == 1
    await do(site, name)
    assert await count(database, left) == 0
