"""Calendars that others read: by three libraries, at the hour on the wall, by a signed address only."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import ics
import pytest
import vobject
from icalendar import Calendar
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from chassis.clock import PARIS
from chassis.db import Database
from chassis.site import Site
from county.links import code_for
from services.catalogue import queries, usecases
from services.catalogue.model import MediatorForm, SessionForm
from services.catalogue.texts import calendar_of
from tests.actors import ADMINISTRATOR, OTHER_MEDIATOR, SECRET, asking
from tests.catalogue.conftest import NEXT_WEEK, OFFICE
from tests.catalogue.planning import get, put_on


async def feed(site: Site, kind: str, about: object, code: str = "") -> httpx.Response:
    return await get(site, f"/agenda/{kind}/{about}/{code or code_for(SECRET, about)}.ics")  # type: ignore[arg-type]


async def test_a_feed_is_read_by_three_libraries_keeps_its_uid_and_shows_the_cancelling(
    site: Site, database: Database, form: SessionForm
) -> None:
    session = await put_on(database, form)
    first = read_feed((await feed(site, "espaces", form.space_id)).text)
    later = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=2)})
    await database.transact(lambda tx: usecases.change_session(tx, session.id, later, "salle prise", OFFICE))
    moved = read_feed((await feed(site, "mediateurs", form.mediator_id)).text)
    await database.transact(lambda tx: usecases.cancel_session(tx, session.id, "malade", OFFICE))
    gone = read_feed((await feed(site, "espaces", form.space_id)).text)
    assert first["uid"] == moved["uid"] == gone["uid"]
    assert (first["sequence"], moved["sequence"], gone["sequence"]) == (0, 1, 2)
    assert (first["status"], moved["status"], gone["status"]) == ("CONFIRMED", "CONFIRMED", "CANCELLED")
    assert moved["starts"] == later.starts_at.astimezone(PARIS)
    assert "Annulée" in str(gone["summary"])


def read_feed(text: str) -> dict[str, object]:
    """By three libraries, which agree on when it begins and ends."""
    event = vobject.readOne(text).vevent
    [other] = ics.Calendar(text).events
    third: Any = Calendar.from_ical(text).walk("VEVENT")[0]
    assert event.dtstart.value == other.begin.datetime == third["DTSTART"].dt
    assert event.dtend.value == other.end.datetime == third["DTEND"].dt
    assert str(third["DTSTART"].params["TZID"]) == "Europe/Paris"
    return {
        "uid": event.uid.value,
        "sequence": int(event.sequence.value),
        "status": event.status.value,
        "starts": event.dtstart.value,
        "summary": event.summary.value,
    }


async def test_a_feed_across_the_night_of_the_clock_change_keeps_the_wall(
    site: Site, database: Database, form: SessionForm
) -> None:
    """The zone goes with the file: a program that knows no zones reads the same hours."""
    await put_on(database, form)
    text = (await feed(site, "espaces", form.space_id)).text
    zone = vobject.readOne(text).vtimezone
    assert {child.name for child in zone.getChildren()} >= {"STANDARD", "DAYLIGHT"}


@pytest.mark.parametrize(
    ("starts", "offset"),
    [("2026-03-28T09:00", 1), ("2026-03-30T09:00", 2), ("2026-10-24T09:00", 2), ("2026-10-26T09:00", 1)],
    ids=["before 29 March", "after", "before 25 October", "after it"],
)
async def test_around_both_nights_of_2026_a_calendar_reads_the_hour_on_the_wall(
    database: Database, form: SessionForm, starts: str, offset: int
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    begin = datetime.fromisoformat(starts).replace(tzinfo=PARIS)
    session.during = Range(begin.astimezone(UTC), (begin + timedelta(hours=1)).astimezone(UTC))
    read = read_feed(calendar_of("Semaine", [session], "https://pass.exemple").decode())["starts"]
    assert isinstance(read, datetime)
    assert (read.hour, read.utcoffset()) == (9, timedelta(hours=offset))


async def test_a_feed_opens_only_by_its_own_signed_address(site: Site, form: SessionForm) -> None:
    wrong = await feed(site, "espaces", form.space_id, code_for(SECRET, form.mediator_id))
    assert (wrong.status_code, "Copiez-la à nouveau" in wrong.text) == (404, True)
    assert (await feed(site, "espaces", form.space_id)).headers["content-type"] == "text/calendar; charset=utf-8"


async def test_the_planning_page_gives_the_address_of_the_feed(site: Site, form: SessionForm) -> None:
    async with asking(site.application(), ADMINISTRATOR) as admin:
        page = await admin.get(f"/planning/espaces/{form.space_id}")
    assert f"/agenda/espaces/{form.space_id}/{code_for(SECRET, form.space_id)}.ics" in page.text


async def test_walls_20_a_feed_names_nobody(site: Site, database: Database, form: SessionForm) -> None:
    session = await put_on(database, form)
    async with database.reading() as reading:
        name = (await queries.mediator(reading, form.mediator_id)).name
    for kind, about in (("espaces", form.space_id), ("mediateurs", form.mediator_id)):
        text = (await feed(site, kind, about)).text.replace("\r\n ", "")
        assert str(session.id) in text
        assert name not in text


async def test_walls_20_what_has_not_changed_is_not_sent_again(
    site: Site, database: Database, form: SessionForm
) -> None:
    address = f"/agenda/espaces/{form.space_id}/{code_for(SECRET, form.space_id)}.ics"
    async with asking(site.application()) as client:
        first = await client.get(address)
        again = await client.get(address, headers={"If-None-Match": first.headers["etag"]})
        await put_on(database, form)
        changed = await client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200
    assert first.headers["cache-control"] == "private, max-age=0, must-revalidate"


@pytest.mark.parametrize("kind", ["espaces", "mediateurs"])
async def test_walls_20_an_address_that_was_renewed_opens_nothing(site: Site, form: SessionForm, kind: str) -> None:
    about = form.space_id if kind == "espaces" else form.mediator_id
    async with asking(site.application(), ADMINISTRATOR) as admin:
        answer = await admin.post(f"/planning/{kind}/{about}/agenda")
        page = await admin.get(f"/planning/{kind}/{about}")
        old = await admin.get(f"/agenda/{kind}/{about}/{code_for(SECRET, about)}.ics")
        new = await admin.get(page.text.split('<a href="http://127.0.0.1:8000')[1].split('"')[0])
    assert (answer.status_code, old.status_code, new.status_code) == (303, 404, 200)


async def test_walls_20_another_mediator_renews_nothing(site: Site, form: SessionForm) -> None:
    async with asking(site.application(), OTHER_MEDIATOR) as other:
        answer = await other.post(f"/planning/mediateurs/{form.mediator_id}/agenda")
    assert answer.status_code == 403
    assert (await feed(site, "mediateurs", form.mediator_id)).status_code == 200


@pytest.mark.parametrize("ahead", [0, 1], ids=["today", "told a day ahead"])
async def test_walls_20_addresses_that_a_mediator_knew_end_when_they_leave(
    site: Site, database: Database, form: SessionForm, ahead: int
) -> None:
    today = database.clock.now().astimezone(PARIS).date()
    async with database.reading() as reading:
        known = await queries.mediator(reading, form.mediator_id)
    leaving = MediatorForm(name=known.name, space_ids=(form.space_id,), left_on=today + timedelta(days=ahead))
    await database.transact(lambda tx: usecases.upsert_mediator(tx, form.mediator_id, leaving))
    if ahead:
        assert (await feed(site, "espaces", form.space_id)).status_code == 200
        await database.transact(lambda tx: tx.execute(text("UPDATE mediators SET left_on = left_on - 1")))
        await database.transact(usecases.publish_departures)
    assert (await feed(site, "espaces", form.space_id)).status_code == 404
    assert (await feed(site, "mediateurs", form.mediator_id)).status_code == 404
