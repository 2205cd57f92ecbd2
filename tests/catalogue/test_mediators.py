"""Mediators: in post until the day on which they leave, also when it is told ahead. Rule 10."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from chassis.clock import PARIS, Clock
from chassis.db import Database, Transaction
from services.catalogue import queries, usecases
from services.catalogue.model import MediatorForm, SessionForm
from services.catalogue.model.refusals import MediatorNotInPost
from tests.catalogue.conftest import NEXT_WEEK
from tests.catalogue.test_sessions import said

LAST_DAY = NEXT_WEEK + timedelta(days=3)


@pytest.fixture
async def leaving(database: Database, form: SessionForm) -> SessionForm:
    """Its mediator leaves in ten days, and it was told today."""
    first_day_out = (LAST_DAY + timedelta(days=1)).date()
    told = MediatorForm(name="Démo Karim", left_on=first_day_out)
    await database.transact(lambda tx: usecases.keep_mediator(tx, form.mediator_id, told))
    return form


async def test_rule_10_who_leaves_later_is_in_post_until_then(database: Database, leaving: SessionForm) -> None:
    assert "mediator.left.v1" not in await said(database)
    assert await offered(database, NEXT_WEEK.date()) == {leaving.mediator_id}
    assert await offered(database, (LAST_DAY + timedelta(days=1)).date()) == set()
    await database.transact(lambda tx: usecases.put_on_session(tx, leaving))
    after = leaving.model_copy(update={"starts_at": LAST_DAY + timedelta(days=1)})
    with pytest.raises(MediatorNotInPost):
        await database.transact(lambda tx: usecases.put_on_session(tx, after))


@pytest.mark.usefixtures("leaving")
async def test_rule_10_a_departure_is_said_once_on_the_day_after_the_last_one(database: Database) -> None:
    for days in (0, 1, 2):
        await database.transact(lambda tx, days=days: _look_on(tx, days))  # type: ignore[misc]
        kinds = [one for one in await said(database) if one == "mediator.left.v1"]
        assert len(kinds) == min(days, 1)


async def test_a_departure_that_is_put_off_says_that_the_mediator_is_in_post(
    database: Database, form: SessionForm
) -> None:
    gone = MediatorForm(name="Démo Karim", left_on=Clock().now().astimezone(PARIS).date())
    await database.transact(lambda tx: usecases.keep_mediator(tx, form.mediator_id, gone))
    await database.transact(lambda tx: usecases.keep_mediator(tx, form.mediator_id, MediatorForm(name="Démo Karim")))
    kinds = [one for one in await said(database) if one.startswith("mediator.")]
    assert kinds == ["mediator.posted.v1", "mediator.left.v1", "mediator.posted.v1"]


@pytest.mark.parametrize("phone", ["12", "abc", "04 65 71"])
def test_a_number_that_nobody_can_dial_is_refused(phone: str) -> None:
    with pytest.raises(ValidationError, match="n'existe pas"):
        MediatorForm(name="Démo", phone=phone)


async def offered(database: Database, day: date) -> set[object]:
    async with database.reading() as reading:
        return {one.id for one in await queries.mediators(reading, day)}


async def _look_on(tx: Transaction, days: int) -> None:
    """So many days after the last one."""
    tx.now = LAST_DAY + timedelta(days=days)
    await usecases.look_at_posts(tx)
