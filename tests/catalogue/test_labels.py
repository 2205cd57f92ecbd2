"""Labels: their last day, their seats, what is said of their end; adjoining ones are one. Rules 10 and 11."""

from datetime import date, timedelta
from typing import Any

import pytest

from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.ids import SpaceId
from services.catalogue import queries, usecases
from services.catalogue.model import LabelForm, SessionForm, SpaceDetails
from services.catalogue.model.refusals import LabelNotValid, LabelsOverlap, NoLabelThen, SeatsLater, SessionsAfterLabel
from tests.actors import ADMINISTRATOR, MEDIATOR, asking
from tests.catalogue.conftest import NEXT_WEEK, OFFICE, TODAY, space_ids
from tests.catalogue.planning import published, published_types

DAY = timedelta(days=1)
NEXT_YEAR = TODAY + 366 * DAY  # the day after the label of the fixture


async def end(database: Database, form: SessionForm, last_day: date) -> None:
    await database.transact(lambda tx: usecases.end_label(tx, form.space_id, last_day))


async def label(database: Database, form: SessionForm, first_day: date, **more: Any) -> None:
    given = LabelForm.model_validate({"first_day": first_day, "seats": 12, **more})
    await database.transact(lambda tx: usecases.label_space(tx, form.space_id, given))


async def test_rule_11_a_label_is_ended_on_another_day_and_that_day_still_counts(
    site: Site, database: Database, form: SessionForm
) -> None:
    path, asked = f"/espaces/{form.space_id}/finir-label", {"last_day": NEXT_WEEK.date().isoformat()}
    async with asking(site.application(), MEDIATOR) as mediator:
        assert (await mediator.post(path, data=asked)).status_code == 403
    async with asking(site.application(), ADMINISTRATOR) as admin:
        assert (await admin.post(path, data=asked)).status_code == 303
    await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    after = form.model_copy(update={"starts_at": NEXT_WEEK + DAY})
    with pytest.raises(LabelNotValid):
        await database.transact(lambda tx: usecases.put_on_session(tx, after, OFFICE))
    assert (await published(database, "space.changed.v1"))[-1]["label_to"] == NEXT_WEEK.date().isoformat()


async def test_rule_11_an_administrator_ends_a_label_on_the_page_of_its_space(site: Site, form: SessionForm) -> None:
    async with asking(site.application(), ADMINISTRATOR) as admin:
        page = await admin.get(f"/espaces/{form.space_id}")
    assert (page.status_code, "Finir le label" in page.text) == (200, True)


async def test_rule_11_a_label_is_not_ended_before_a_session_that_is_planned(
    database: Database, form: SessionForm
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    with pytest.raises(SessionsAfterLabel, match="Déplacez-les"):
        await end(database, form, NEXT_WEEK.date() - DAY)
    await database.transact(lambda tx: usecases.cancel_session(tx, session.id, "erreur de saisie", OFFICE))
    await end(database, form, NEXT_WEEK.date() - DAY)


async def test_rule_11_what_was_given_for_after_the_end_falls_too(database: Database, form: SessionForm) -> None:
    await label(database, form, NEXT_YEAR)
    await end(database, form, NEXT_WEEK.date())
    assert (await space_again(database, form.space_id)).labelled_until == NEXT_WEEK.date()
    with pytest.raises(NoLabelThen):
        await end(database, form, NEXT_WEEK.date() + DAY)


async def test_rule_10_a_label_for_later_leaves_the_seats_of_today(database: Database, form: SessionForm) -> None:
    with pytest.raises(SeatsLater, match="12 places"):
        await label(database, form, NEXT_YEAR, seats=20)
    await database.transact(lambda tx: usecases.correct_space(tx, form.space_id, SpaceDetails({}, [], 20)))
    assert (await space_again(database, form.space_id)).seats == 20


async def test_rule_11_labels_without_a_day_between_them_are_one(database: Database, form: SessionForm) -> None:
    await label(database, form, NEXT_YEAR, last_day=NEXT_YEAR + 30 * DAY)
    for days in (310, 366, 367):
        await database.transact(lambda tx, days=days: _look_in(tx, days))  # type: ignore[misc]
    assert [kind for kind in await published_types(database) if kind.startswith("label.")] == ["label.ending.v1"]
    [ending] = await published(database, "label.ending.v1")
    assert ending["ends_on"] == (NEXT_YEAR + 30 * DAY).isoformat()
    space = (await published(database, "space.changed.v1"))[-1]
    assert (space["label_from"], space["label_to"]) == (TODAY.isoformat(), ending["ends_on"])


async def test_rule_11_partners_hear_of_the_label_of_today_and_not_of_a_later_one(
    database: Database, form: SessionForm
) -> None:
    await label(database, form, NEXT_YEAR + 10 * DAY)
    space = (await published(database, "space.changed.v1"))[-1]
    assert (space["label_from"], space["label_to"]) == (TODAY.isoformat(), (NEXT_YEAR - DAY).isoformat())


async def test_rule_11_labels_of_one_space_never_overlap(database: Database, form: SessionForm) -> None:
    again = LabelForm(first_day=TODAY + timedelta(days=300), seats=12)
    with pytest.raises(LabelsOverlap):
        await database.transact(lambda tx: usecases.label_space(tx, form.space_id, again))
    after = LabelForm(first_day=TODAY + timedelta(days=366), seats=12)
    await database.transact(lambda tx: usecases.label_space(tx, form.space_id, after))


@pytest.mark.usefixtures("form")
async def test_rule_11_an_end_is_announced_once_60_days_ahead_and_once_after(database: Database) -> None:
    for days in (300, 306, 307, 364, 366, 367):
        await database.transact(lambda tx, days=days: _look_in(tx, days))  # type: ignore[misc]
    assert [kind for kind in await published_types(database) if kind.startswith("label.")] == [
        "label.ending.v1",
        "label.ended.v1",
    ]


async def test_rule_11_labels_that_end_are_a_work_list_and_are_renewed_from_it(
    site: Site, database: Database, form: SessionForm
) -> None:
    other = (await space_ids(database))["drome-2"]
    ends = TODAY + timedelta(days=30)
    ending = LabelForm(first_day=TODAY, last_day=ends, seats=6)
    await database.transact(lambda tx: usecases.label_space(tx, other, ending))
    async with asking(site.application(), ADMINISTRATOR) as admin:
        page = (await admin.get("/labels")).text
        assert f"/espaces/{other}" in page
        assert f"/espaces/{form.space_id}" not in page  # a year is left
        renewed = {"first_day": (ends + timedelta(days=1)).isoformat(), "last_day": "", "seats": "6"}
        await admin.post(f"/espaces/{other}/label", data=renewed)
        assert f"/espaces/{other}" not in (await admin.get("/labels")).text


async def test_rule_11_a_session_on_the_last_day_of_the_label_is_on_and_the_day_after_is_not(
    database: Database, form: SessionForm
) -> None:
    other = (await space_ids(database))["drome-2"]
    label = LabelForm(first_day=TODAY, last_day=NEXT_WEEK.date(), seats=12)
    await database.transact(lambda tx: usecases.label_space(tx, other, label))
    there = form.model_copy(update={"space_id": other})
    await database.transact(lambda tx: usecases.put_on_session(tx, there, OFFICE))
    after = there.model_copy(update={"starts_at": NEXT_WEEK + timedelta(days=1)})
    with pytest.raises(LabelNotValid):
        await database.transact(lambda tx: usecases.put_on_session(tx, after, OFFICE))
    await database.transact(lambda tx: _look_in(tx, days=8, warns=0))
    assert [kind for kind in await published_types(database) if kind.startswith("label.")] == ["label.ended.v1"]
    assert "session.cancelled.v1" not in await published_types(database)


async def space_again(database: Database, space_id: SpaceId):  # type: ignore[no-untyped-def]  # noqa: ANN201 - a space
    async with database.reading() as reading:
        return await queries.space(reading, space_id)


async def _look_in(tx: Transaction, days: int, *, warns: int = 60) -> None:
    tx.now += timedelta(days=days)
    await usecases.publish_label_ends(tx, warns=timedelta(days=warns))
