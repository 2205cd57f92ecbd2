"""Many sessions at once: what can be put on is, the rest is told, and twins double-book nothing."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from chassis.clock import PARIS
from chassis.db import Database
from chassis.site import Site
from contracts.ids import MediatorId, uuid7
from services.catalogue import queries, usecases
from services.catalogue.model import LabelForm, MediatorForm, Series, SeriesForm, SessionForm, WeekForm
from services.catalogue.model.holidays import bank_holiday
from services.catalogue.model.refusals import NotAMonday
from tests.actors import MEDIATOR, asking
from tests.catalogue.conftest import NEXT_WEEK, OFFICE, space_ids
from tests.catalogue.planning import ANY, put_on, series

MONDAY = date(2026, 3, 9)


def test_every_second_week() -> None:
    slots = [*series(ANY, starts_at="2026-09-01T14:00", until="2026-09-30", every="2").slots()]
    assert [slot.day.day for slot in slots] == [1, 15, 29]


def test_a_series_lasts_a_year_at_most_and_ends_after_its_start() -> None:
    for until in ("2026-03-01", "2028-01-01"):
        with pytest.raises(ValueError, match="un an au plus"):
            series(ANY, starts_at="2026-03-24T09:30", until=until)


async def put_on_series(database: Database, form: SeriesForm) -> Series:
    return await database.transact(lambda tx: usecases.put_on_series(tx, form, OFFICE))


async def test_what_can_be_put_on_is_and_the_rest_is_told(database: Database, form: SessionForm) -> None:
    third = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(weeks=2)})
    await database.transact(lambda tx: usecases.put_on_session(tx, third, OFFICE))
    until = (NEXT_WEEK + timedelta(weeks=3)).date()
    made = await put_on_series(database, series(form, until=until, in_holidays=True))
    off = [week for week in range(4) if bank_holiday((NEXT_WEEK + timedelta(weeks=week)).date())]
    assert len(made.session_ids) == 3 - len(off)
    reasons = [day["reason"] for day in made.left_out if "jour férié" not in day["reason"]]
    assert len(reasons) == 1
    assert "Une autre séance occupe déjà" in reasons[0] or "a déjà une séance" in reasons[0]


@pytest.mark.usefixtures("patient")
async def test_rule_10_twin_series_put_each_session_on_once(database: Database, form: SessionForm) -> None:
    asked = series(form, until=(NEXT_WEEK + timedelta(weeks=6)).date(), in_holidays=True)
    made = await asyncio.gather(*(put_on_series(database, asked) for _ in range(6)))
    assert sum(len(copy.session_ids) for copy in made) == await scheduled(database)
    assert await doubles(database) == 0


@pytest.mark.usefixtures("patient")
async def test_without_the_constraints_twin_series_double_book(database: Database, form: SessionForm) -> None:
    """The control."""
    for name in ("ex_room", "ex_mediator"):
        await database.transact(lambda tx, name=name: tx.execute(text(f"ALTER TABLE sessions DROP CONSTRAINT {name}")))  # type: ignore[misc]
    asked = series(form, until=(NEXT_WEEK + timedelta(weeks=6)).date(), in_holidays=True)
    await asyncio.gather(*(put_on_series(database, asked) for _ in range(6)))
    assert await doubles(database) > 0


async def two_and_a_cancelled_one(database: Database, form: SessionForm) -> None:
    """On one day: at the hour of the form, and five and eight hours later."""
    for hours in (0, 5):
        await put_on(database, form, starts_at=NEXT_WEEK + timedelta(hours=hours))
    gone = await put_on(database, form, starts_at=NEXT_WEEK + timedelta(hours=8))
    await database.transact(lambda tx: usecases.cancel_session(tx, gone.id, "malade", OFFICE))


async def test_a_week_is_copied_to_the_same_hours_once(database: Database, form: SessionForm) -> None:
    other = MediatorId(uuid7())
    await database.transact(lambda tx: usecases.upsert_mediator(tx, other, MediatorForm(name="Démo Lucie")))
    monday = (NEXT_WEEK - timedelta(days=NEXT_WEEK.weekday())).date()
    await two_and_a_cancelled_one(database, form)
    week = WeekForm(week=monday, to_week=monday + timedelta(weeks=3))
    first, again = [
        await database.transact(lambda tx: usecases.copy_week(tx, week, OFFICE, space_id=form.space_id))
        for _ in range(2)
    ]
    day = NEXT_WEEK.date() + timedelta(weeks=3)
    if bank_holiday(day):
        assert (len(first.session_ids), len(first.left_out)) == (0, 2)
        return
    assert (len(first.session_ids), len(again.session_ids), len(again.left_out)) == (2, 0, 2)
    async with database.reading() as reading:
        made = await queries.sessions_by_id(reading, first.session_ids)
    walls = [session.starts_at.astimezone(PARIS).replace(tzinfo=None) for session in made]
    meant = datetime.combine(day, NEXT_WEEK.astimezone(PARIS).time())
    assert walls == [meant, meant + timedelta(hours=5)]


def test_a_week_begins_on_a_monday() -> None:
    with pytest.raises(NotAMonday):
        [*WeekForm(week=MONDAY, to_week=MONDAY + timedelta(days=8)).slots([])]


async def test_rule_11_a_series_stops_at_the_last_day_of_the_label_and_that_day_still_counts(
    database: Database, form: SessionForm
) -> None:
    space = (await space_ids(database))["drome-2"]
    label = LabelForm(first_day=NEXT_WEEK.date(), last_day=NEXT_WEEK.date() + timedelta(weeks=1), seats=12)
    await database.transact(lambda tx: usecases.label_space(tx, space, label))
    until = (NEXT_WEEK + timedelta(weeks=3)).date()
    made = await put_on_series(database, series(form, space_id=space, until=until, in_holidays=True))
    days = {left_out["day"] for left_out in made.left_out}
    assert (NEXT_WEEK.date() + timedelta(weeks=2)).isoformat() in days
    assert (NEXT_WEEK.date() + timedelta(weeks=3)).isoformat() in days
    assert len(made.session_ids) + len(days) == 4


async def test_a_series_is_put_on_by_page_and_its_page_tells_both(site: Site, form: SessionForm) -> None:
    fields = form.model_dump(mode="json") | {"until": (NEXT_WEEK + timedelta(weeks=1)).date().isoformat()}
    async with asking(site.application(), MEDIATOR) as client:
        made = await client.post("/seances/serie", data={**fields, "in_holidays": "true", "idempotency_key": "1"})
        page = await client.get(made.headers["location"])
        week = await client.get(f"/planning/espaces/{form.space_id}?semaine={NEXT_WEEK.date().isoformat()}")
    assert "proposée" in page.text
    assert "Créer son adresse e-mail" in week.text
    assert "0 sur 8 places prises" in week.text


async def scheduled(database: Database) -> int:
    return await count(database, "SELECT count(*) FROM sessions WHERE state = 'scheduled'")


async def doubles(database: Database) -> int:
    overlap = "a.id < b.id AND a.space_id = b.space_id AND a.during && b.during"
    return await count(database, f"SELECT count(*) FROM sessions a JOIN sessions b ON {overlap}")  # noqa: S608 - ours


async def count(database: Database, query: str) -> int:
    async with database.reading() as reading:
        return int((await reading.execute(text(query))).scalar_one())
