"""The steering page: figures that help, of which nobody is recognised."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import PARIS, Clock
from chassis.db import Database
from chassis.site import Site
from contracts.booking import BookingAttended
from services.prescription import timed, usecases
from services.prescription.model import Figures, masked
from services.prescription.model.figures import FEWEST, hidden
from services.prescription.settings import Settings
from tests.actors import settings_for
from tests.prescription.conftest import consume
from tests.prescription.steps import (
    change,
    confirmed,
    erased,
    failed,
    prescribed,
    registered,
    rows,
    scalar,
    use,
    visiting,
    wallet,
)


async def followed(site: Site, app: FastAPI, number: int, **who: Any) -> str:
    """A person with a book and one hour followed today, which is another day in Paris than in UTC at night."""
    person = await registered(app, phone=None, channel="call", birth_date=f"19{number}-01-01", **who)
    book, today = await prescribed(app, person), Clock().now().astimezone(PARIS).date()
    booking = confirmed(person)
    attended = BookingAttended(
        booking_id=booking.booking_id,
        session_id=booking.session_id,
        beneficiary_id=booking.beneficiary_id,
        vouchers_consumed=1,
        on=today,
    )
    wallet_changed = wallet(person, 1, use(book["id"], available=4, consumed=1), first=today)
    await consume(site, booking, attended, wallet_changed)
    return person


async def exported(app: FastAPI, by: str, since: str = "") -> list[str]:
    async with visiting(app) as browser:
        answer = await browser.get("/pilotage.csv", params={"par": by, "depuis": since})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf"), "a spreadsheet knows UTF-8 by this mark"
    return answer.content.decode("utf-8-sig").splitlines()


async def test_hours_and_use_are_counted_by_audience_epci_centre_and_month(site: Site, app: FastAPI) -> None:
    for number in range(60, 66):
        await followed(site, app, number, audiences=["farmer"])
    await followed(site, app, 70, audiences=[], commune_insee="26362")
    assert await exported(app, "audience") == [
        "Public;Chéquiers prescrits;Heures utilisées;Heures suivies;Taux d'usage (%);Jours avant la 1re heure",
        "Agriculteur ou agricultrice;non montré;non montré;non montré;non montré;0",
        "Non précisé;non montré;non montré;non montré;non montré;",
    ]
    assert (await exported(app, "month"))[1].split(";")[1:] == ["7", "7", "7", "20", "0"]
    assert (await exported(app, "centre"))[1] == "Centre social de Crest;7;7;7;20;0"
    assert len(await exported(app, "epci")) == 3
    async with visiting(app) as browser:
        page = (await browser.get("/pilotage?par=month")).text
        assert '<svg role="img" aria-labelledby="chart-title chart-text"' in page
        assert "20 %" in page


async def test_the_erased_leave_figures_of_nobody(site: Site, app: FastAPI, database: Database) -> None:
    people = [await followed(site, app, number) for number in range(60, 66)]
    before = await exported(app, "month")
    for person in people:
        await erased(app, person)
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 0
    assert await exported(app, "month") == before
    columns = {
        name
        for (name,) in await rows(
            database, "SELECT column_name FROM information_schema.columns WHERE table_name = 'past_figures'"
        )
    }
    assert columns == {"id", "month", "centre_id", "epci", "audiences", "books", "used", "hours", "days"}


async def test_rule_27_places_of_two_years_ago_become_figures_of_nobody(
    site: Site, app: FastAPI, database: Database
) -> None:
    people = [await followed(site, app, number) for number in range(60, 66)]
    await consume(site, confirmed(people[0]))
    await change(
        database,
        "UPDATE bookings SET ends_at = ends_at - interval '735 days', held_on = held_on - 735 WHERE hours > 0",
    )
    figures = {by: await exported(app, by, "2020-01") for by in ("month", "centre", "epci", "audience")}
    assert len(figures["month"]) == 3, "the hours of then, the books of now"
    forget = partial(usecases.forget_old_bookings, after=timedelta(days=730))
    for _ in range(2):
        await database.transact(forget)
    assert await rows(database, "SELECT state FROM bookings") == [("confirmed",)]
    assert await scalar(database, "SELECT sum(hours) FROM past_figures") == 6
    assert {by: await exported(app, by, "2020-01") for by in figures} == figures
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 6


async def test_rule_27_a_message_that_did_not_arrive_is_kept_for_six_months(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    for _ in range(2):
        await consume(site, failed(person))
    await change(
        database,
        "UPDATE troubled_notices SET heard_at = now() - interval '183 days' "
        "WHERE notice_id = (SELECT notice_id FROM troubled_notices LIMIT 1)",
    )
    (job,) = [job for job in timed.jobs(settings_for(Settings, "")) if job.name == "forget what is old"]
    await job.work(database)
    assert await scalar(database, "SELECT count(*) FROM troubled_notices") == 1


@given(st.lists(st.integers(0, 30), max_size=8))
def test_no_small_count_is_shown_nor_told_by_the_total(values: list[int]) -> None:
    unseen = hidden(values)
    assert all(at in unseen for at, value in enumerate(values) if 0 < value < FEWEST)
    assert len(unseen) != 1 or not any(value >= FEWEST for value in values)
    assert all(values[at] for at in unseen), "nothing is told of a zero that a zero does not tell"


def test_a_median_of_few_is_not_shown() -> None:
    (line,) = masked([Figures("x", 40, 30, 30, 3.0, 4)])
    assert (line.days, line.books, line.use_rate) == (None, 40, 15)


FIRST_HOUR = """UPDATE beneficiaries
    SET first_hour_on = (now() AT TIME ZONE 'Europe/Paris')::date + cast(:waited AS integer) WHERE id = :id"""
LONG_AGO = """UPDATE books
    SET prescribed_at = prescribed_at - cast(:days AS interval), state = :state, current = false WHERE id = :id"""
FIRST_HOURS: list[tuple[str, list[int | None], str]] = [
    ("nobody was there yet", [None] * 6, ""),
    ("two of six", [3, 9, None, None, None, None], ""),
    ("four of nine", [1, 2, 3, 4, *[None] * 5], ""),
    ("five of five", [1, 2, 3, 4, 10], "3"),
    ("five of nine: who waits counts neither way", [1, 2, 3, 4, 10, *[None] * 4], "3"),
    ("an even number", [1, 2, 3, 6, 8, 8], "4,5"),
    ("the same day", [0, 0, 0, 0, 0], "0"),
    ("an hour before the book is none to wait for", [-3, -3, 0, 2, 2], "0"),
]


@pytest.mark.parametrize(("days", "shown"), [case[1:] for case in FIRST_HOURS], ids=[case[0] for case in FIRST_HOURS])
async def test_walls_02_days_to_the_first_hour_are_the_median_of_five_first_hours_or_more(
    app: FastAPI, database: Database, days: list[int | None], shown: str
) -> None:
    for number, waited in enumerate(days):
        person = await registered(app, phone=None, channel="call", birth_date=f"1960-01-{number + 1:02}")
        await prescribed(app, person)
        if waited is not None:
            await change(database, FIRST_HOUR, id=UUID(person), waited=waited)
    assert (await exported(app, "month"))[1].split(";")[-1] == shown
    for (person_id,) in await rows(database, "SELECT id FROM beneficiaries"):  # the erased leave the same median
        await erased(app, str(person_id))
    assert (await exported(app, "month"))[1].split(";")[-1] == shown


async def test_walls_02_only_the_first_book_that_counts_is_waited_for(app: FastAPI, database: Database) -> None:
    """A cancelled book is no beginning; a second one is none either."""
    for number in range(5):
        person = await registered(app, phone=None, channel="call", birth_date=f"1960-01-{number + 1:02}")
        for moved in (40, 4, 0):
            book = await prescribed(app, person)
            state = "cancelled" if moved == 40 else "expired"
            await change(database, LONG_AGO, id=UUID(book["id"]), days=timedelta(days=moved), state=state)
        await change(database, FIRST_HOUR, id=UUID(person), waited=0)
    days = {line.split(";")[0]: line.split(";")[-1] for line in await exported(app, "centre")}
    assert days["Centre social de Crest"] == "4"
