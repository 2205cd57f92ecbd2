"""Many sessions at once: the hour on the wall stays, days off are left out, and nothing is double-booked by twins."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from chassis.clock import PARIS
from chassis.db import Database
from chassis.site import Site
from contracts.ids import MediatorId, uuid7
from services.catalogue import queries, usecases
from services.catalogue.model import LabelForm, MediatorForm, Series, SeriesForm, SessionForm, WeekForm
from services.catalogue.model.holidays import bank_holiday, school_days_known, school_holiday
from services.catalogue.model.refusals import NotAMonday
from services.catalogue.model.series import UNKNOWN_YET
from tests.actors import MEDIATOR, asking
from tests.catalogue.conftest import NEXT_WEEK, space_ids

MONDAY = date(2026, 3, 9)


def series(form: Mapping[str, object] | SessionForm, **more: object) -> SeriesForm:
    known = form.model_dump() if isinstance(form, SessionForm) else form
    return SeriesForm.model_validate({**known, **more})


ANY = {name: str(uuid7()) for name in ("training_id", "space_id", "mediator_id")} | {"capacity": 8}


@pytest.mark.parametrize(
    ("first", "until", "offsets"),
    [
        ("2026-03-24T09:30", "2026-04-01", [1, 2]),  # the night of 29 March 2026
        ("2026-10-20T09:30", "2026-10-28", [2, 1]),  # the night of 25 October 2026
    ],
)
def test_an_hour_on_the_wall_stays_when_the_clocks_change(first: str, until: str, offsets: list[int]) -> None:
    slots = [*series(ANY, starts_at=first, until=until, in_holidays=True).slots()]
    starts = [one.form.starts_at for one in slots]
    assert [one.astimezone(PARIS).strftime("%H:%M") for one in starts] == ["09:30", "09:30"]
    assert [one.utcoffset() for one in starts] == [timedelta(hours=hours) for hours in offsets]


def test_an_hour_that_the_spring_night_takes_away_is_left_out_of_a_series() -> None:
    slots = [*series(ANY, starts_at="2026-03-22T02:30", until="2026-04-05", in_holidays=True).slots()]
    assert [(one.day.day, one.against) for one in slots] == [
        (22, ""),
        (29, "cette heure n'existe pas ce jour-là"),
        (5, ""),
    ]


def test_every_tuesday_leaves_out_school_holidays_and_bank_holidays() -> None:
    slots = [*series(ANY, starts_at="2026-04-01T14:00", until="2026-05-20").slots()]
    left_out = {one.day.isoformat(): one.against for one in slots if one.against}
    assert left_out == {"2026-04-08": "vacances de printemps", "2026-04-15": "vacances de printemps"}
    fridays = [*series(ANY, starts_at="2026-05-01T14:00", until="2026-05-08").slots()]
    assert [one.against for one in fridays] == ["jour férié, fête du Travail", "jour férié, 8 mai"]


def test_every_second_week() -> None:
    slots = [*series(ANY, starts_at="2026-09-01T14:00", until="2026-09-30", every="2").slots()]
    assert [one.day.day for one in slots] == [1, 15, 29]


def test_school_holidays_that_are_not_published_yet_are_said_and_not_guessed() -> None:
    assert school_days_known(date(2027, 12, 31))
    far = [*series(ANY, starts_at="2035-01-08T14:00", until="2035-01-09").slots()]
    assert [one.against for one in far] == [UNKNOWN_YET]
    anyway = [*series(ANY, starts_at="2035-01-08T14:00", until="2035-01-09", in_holidays=True).slots()]
    assert [one.against for one in anyway] == [""]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-04-06", "lundi de Pâques"),
        ("2026-05-14", "Ascension"),
        ("2026-05-25", "lundi de Pentecôte"),
        ("2027-03-29", "lundi de Pâques"),
        ("2026-07-14", "fête nationale"),
        ("2026-04-03", ""),  # Good Friday is one in Alsace only
    ],
)
def test_bank_holidays_are_those_of_the_law(day: str, name: str) -> None:
    assert bank_holiday(date.fromisoformat(day)) == name


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-02-07", "2026-02-22"), ("2026-10-17", "2026-11-01"), ("2027-02-13", "2027-02-28")],
)
def test_school_holidays_are_those_of_zone_a(first: str, last: str) -> None:
    """Arrêté du 7 décembre 2022 and its successors: the académie de Grenoble is in zone A."""
    begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    assert school_holiday(begins)
    assert school_holiday(ends)
    assert not school_holiday(begins - timedelta(days=1))
    assert not school_holiday(ends + timedelta(days=1))


def test_a_series_lasts_a_year_at_most_and_ends_after_its_start() -> None:
    for until in ("2026-03-01", "2028-01-01"):
        with pytest.raises(ValueError, match="un an au plus"):
            series(ANY, starts_at="2026-03-24T09:30", until=until)


async def put_on(database: Database, form: SeriesForm) -> Series:
    return await database.transact(lambda tx: usecases.put_on_series(tx, form, "Démo Karim"))


async def test_what_can_be_put_on_is_and_the_rest_is_told(database: Database, form: SessionForm) -> None:
    third = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(weeks=2)})
    await database.transact(lambda tx: usecases.put_on_session(tx, third))
    until = (NEXT_WEEK + timedelta(weeks=3)).date()
    made = await put_on(database, series(form, until=until, in_holidays=True))
    off = [one for one in range(4) if bank_holiday((NEXT_WEEK + timedelta(weeks=one)).date())]
    assert len(made.session_ids) == 3 - len(off)
    told = [one["reason"] for one in made.left_out if "jour férié" not in one["reason"]]
    assert len(told) == 1
    assert "Une autre séance occupe déjà" in told[0] or "a déjà une séance" in told[0]


async def test_rule_10_twin_series_put_each_session_on_once(database: Database, form: SessionForm) -> None:
    asked = series(form, until=(NEXT_WEEK + timedelta(weeks=6)).date(), in_holidays=True)
    made = await asyncio.gather(*(put_on(database, asked) for _ in range(6)))
    assert sum(len(one.session_ids) for one in made) == await scheduled(database)
    assert await doubles(database) == 0


async def test_without_the_constraints_twin_series_double_book(database: Database, form: SessionForm) -> None:
    """The control."""
    for name in ("ex_room", "ex_mediator"):
        await database.transact(lambda tx, name=name: tx.execute(text(f"ALTER TABLE sessions DROP CONSTRAINT {name}")))  # type: ignore[misc]
    asked = series(form, until=(NEXT_WEEK + timedelta(weeks=6)).date(), in_holidays=True)
    await asyncio.gather(*(put_on(database, asked) for _ in range(6)))
    assert await doubles(database) > 0


async def test_a_week_is_copied_to_the_same_hours_once(database: Database, form: SessionForm) -> None:
    other = MediatorId(uuid7())
    await database.transact(lambda tx: usecases.keep_mediator(tx, other, MediatorForm(name="Démo Lucie")))
    monday = (NEXT_WEEK - timedelta(days=NEXT_WEEK.weekday())).date()
    for hours in (0, 5):
        one = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=hours)})
        await database.transact(lambda tx, one=one: usecases.put_on_session(tx, one))  # type: ignore[misc]
    gone = await database.transact(
        lambda tx: usecases.put_on_session(tx, form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=8)}))
    )
    await database.transact(lambda tx: usecases.cancel_session(tx, gone.id, "malade"))
    week = WeekForm(week=monday, to_week=monday + timedelta(weeks=3))
    first, again = [
        await database.transact(lambda tx: usecases.copy_week(tx, week, "Démo", space_id=form.space_id))
        for _ in range(2)
    ]
    day = NEXT_WEEK.date() + timedelta(weeks=3)
    if bank_holiday(day):
        assert (len(first.session_ids), len(first.left_out)) == (0, 2)
        return
    assert (len(first.session_ids), len(again.session_ids), len(again.left_out)) == (2, 0, 2)
    async with database.reading() as reading:
        made = await queries.sessions_by_id(reading, first.session_ids)
    walls = [one.starts_at.astimezone(PARIS).replace(tzinfo=None) for one in made]
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
    made = await put_on(database, series(form, space_id=space, until=until, in_holidays=True))
    days = {one["day"] for one in made.left_out}
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
