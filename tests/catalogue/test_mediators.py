"""Mediators: in post until the day on which they leave, where they are, what they teach. Rule 10."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from chassis.clock import PARIS, Clock
from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.ids import MediatorId, uuid7
from services.catalogue import queries, usecases
from services.catalogue.model import MediatorForm, SessionForm
from services.catalogue.model.refusals import MediatorNotInPost
from tests.actors import ADMINISTRATOR, MEDIATOR, asking
from tests.catalogue.conftest import NEXT_WEEK, OFFICE, TODAY
from tests.catalogue.planning import published, published_types

POST = ("mediator.posted", "mediator.left")
LAST_DAY = NEXT_WEEK + timedelta(days=3)


@pytest.fixture
async def leaving(database: Database, form: SessionForm) -> SessionForm:
    """Its mediator leaves in ten days, and it was told today."""
    first_day_out = (LAST_DAY + timedelta(days=1)).date()
    ahead = MediatorForm(name="Démo Karim", left_on=first_day_out)
    await database.transact(lambda tx: usecases.upsert_mediator(tx, form.mediator_id, ahead))
    return form


async def test_rule_10_who_leaves_later_is_in_post_until_then(database: Database, leaving: SessionForm) -> None:
    assert "mediator.left.v2" not in await published_types(database)
    assert await offered(database, NEXT_WEEK.date()) == {leaving.mediator_id}
    assert await offered(database, (LAST_DAY + timedelta(days=1)).date()) == set()
    await database.transact(lambda tx: usecases.put_on_session(tx, leaving, OFFICE))
    after = leaving.model_copy(update={"starts_at": LAST_DAY + timedelta(days=1)})
    with pytest.raises(MediatorNotInPost):
        await database.transact(lambda tx: usecases.put_on_session(tx, after, OFFICE))


@pytest.mark.usefixtures("leaving")
async def test_rule_10_a_departure_is_said_once_on_the_day_after_the_last_one(database: Database) -> None:
    for days in (0, 1, 2):
        await database.transact(lambda tx, days=days: _look_on(tx, days))  # type: ignore[misc]
        kinds = [kind for kind in await published_types(database) if kind == "mediator.left.v2"]
        assert len(kinds) == min(days, 1)


async def test_a_departure_that_is_put_off_says_that_the_mediator_is_in_post(
    database: Database, form: SessionForm
) -> None:
    gone = MediatorForm(name="Démo Karim", left_on=Clock().now().astimezone(PARIS).date())
    await database.transact(lambda tx: usecases.upsert_mediator(tx, form.mediator_id, gone))
    await database.transact(lambda tx: usecases.upsert_mediator(tx, form.mediator_id, MediatorForm(name="Démo Karim")))
    kinds = [kind for kind in await published_types(database) if kind.startswith(POST)]
    assert kinds == ["mediator.posted.v2", "mediator.left.v2", "mediator.posted.v2"]


@pytest.mark.parametrize("phone", ["12", "abc", "04 65 71"])
def test_a_number_that_nobody_can_dial_is_refused(phone: str) -> None:
    with pytest.raises(ValidationError, match=r"n'existe pas|n'est pas compris"):
        MediatorForm(name="Démo", phone=phone)


async def test_mediators_are_kept_by_pages_with_their_spaces_and_skills(
    site: Site, database: Database, form: SessionForm
) -> None:
    new = MediatorId(uuid7())
    fields = {"name": "Démo Lucie", "phone": "04 65 71 00 03", "space_ids": [str(form.space_id)], "skills": ["impots"]}
    async with asking(site.application(), ADMINISTRATOR) as admin:
        assert (await admin.post(f"/mediateurs/{new}", data={**fields, "left_on": ""})).status_code == 303
        page = (await admin.get("/mediateurs")).text
        assert "Espace numérique drome-1" in page
        assert "Impôts" in page
        assert (await admin.get(f"/mediateurs/{new}")).status_code == 200
        await admin.post(f"/mediateurs/{new}", data={**fields, "left_on": TODAY.isoformat()})
        await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
        gone = {"name": "Démo Karim", "left_on": NEXT_WEEK.date().isoformat()}
        await admin.post(f"/mediateurs/{form.mediator_id}", data=gone)
        assert "1 de ses séances" in (await admin.get("/mediateurs")).text
    assert [kind for kind in await published_types(database) if kind.startswith(POST)][-3:] == [
        "mediator.posted.v2",
        "mediator.left.v2",
        "mediator.posted.v2",  # who leaves later is in post
    ]
    async with asking(site.application(), MEDIATOR) as mediator:
        assert (await mediator.get("/mediateurs")).status_code == 403


async def test_a_mediator_s_address_is_stated_to_who_lets_them_sign_in_and_is_on_no_page(
    site: Site, database: Database
) -> None:
    new = MediatorId(uuid7())
    fields = {"name": "Démo Lucie", "email": " Lucie@Exemple.invalid ", "left_on": ""}
    async with asking(site.application(), ADMINISTRATOR) as admin:
        assert (await admin.post(f"/mediateurs/{new}", data=fields)).status_code == 303
        assert "lucie@exemple.invalid" in (await admin.get(f"/mediateurs/{new}")).text
        assert "lucie@exemple.invalid" not in (await admin.get("/mediateurs")).text
        assert (await admin.post(f"/mediateurs/{new}", data={**fields, "email": "lucie"})).status_code == 422
    (*_, stated) = await published(database, "mediator.stated.v1")
    assert stated["email"] == "lucie@exemple.invalid"


def test_a_mediator_without_a_skill_teaches_everything() -> None:
    assert MediatorForm(name="Démo").skills == ()


async def offered(database: Database, day: date) -> set[object]:
    async with database.reading() as reading:
        return {mediator.id for mediator in await queries.mediators(reading, day)}


async def _look_on(tx: Transaction, days: int) -> None:
    """So many days after the last one."""
    tx.now = LAST_DAY + timedelta(days=days)
    await usecases.publish_departures(tx)


async def test_walls_13_how_to_reach_a_mediator_is_said_apart_and_taken_back_when_they_leave(
    database: Database, form: SessionForm
) -> None:
    gone = MediatorForm(name="Démo Karim", left_on=Clock().now().astimezone(PARIS).date())
    await database.transact(lambda tx: usecases.upsert_mediator(tx, form.mediator_id, gone))
    named = await published(database, "mediator.stated.v1")
    assert [(event["name"], event["phone"]) for event in named] == [("Démo Karim", None)]
    assert "mediator.forgotten.v1" in await published_types(database)
    (posted,) = await published(database, "mediator.posted.v2")
    assert not {"name", "phone"} & {*posted}


async def test_walls_13_whoever_is_in_post_is_stated_again_for_those_who_read_it_anew(
    database: Database, form: SessionForm
) -> None:
    for _ in range(2):
        await database.transact(usecases.publish_mediators)
    named = await published(database, "mediator.stated.v1")
    assert len(named) == 3
    assert {event["version"] for event in named} == {1}
    assert {event["mediator_id"] for event in named} == {str(form.mediator_id)}
