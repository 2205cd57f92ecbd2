"""What agents did in booking is read by an administrator: one journal, by agent, person and day."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape
from itertools import chain
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select

from chassis.clock import PARIS
from chassis.db import Database
from chassis.journal import journal
from chassis.site import Site
from contracts.ids import BeneficiaryId
from services.booking import usecases
from services.booking.model import Booking
from services.booking.model.file import FileOfAnother
from services.booking.settings import Settings
from tests import actors
from tests.actors import ADMINISTRATOR, MEDIATOR, PRESCRIBER, asking
from tests.booking.browsing import looked_at, press, text_of, visiting
from tests.booking.conftest import (
    booked,
    deliver,
    new_session,
    over,
)
from tests.booking.events import LUCIE, ME, in_post
from tests.booking.on_paper import POLICY
from tests.statements import overheard

AGED = [(300, True), (300, False), (700, True), (1000, False), (800, True), (1200, False)]
REASON = {"reason": "à la demande de la personne"}


async def lines(database: Database, **of: Any) -> list[dict[str, Any]]:
    columns = journal.c
    query = select(journal).where(*[columns[name] == value for name, value in of.items()]).order_by(columns.id)
    async with database.reading() as reading:
        return [{**row} for row in (await reading.execute(query)).mappings()]


async def read(app: FastAPI, **filters: Any) -> httpx.Response:
    async with visiting(app, ADMINISTRATOR) as browser:
        page = await browser.get("/booking/journal", params=filters)
    assert page.status_code == 200
    return page


def shown(page: httpx.Response) -> list[str]:
    """Each line as it is read."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.text.split("<tbody>")[1].split("</tbody>")[0], re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in rows]


async def cancelled(app: FastAPI, booking: Booking, key: str = "") -> httpx.Response:
    async with asking(app, MEDIATOR, key) as client:
        return await client.post(f"/api/booking/bookings/{booking.id}/cancel", json=REASON)


async def test_walls_10_an_administrator_reads_who_cancelled_what_of_whom(
    app: FastAPI, database: Database, in_care: list[BeneficiaryId]
) -> None:
    booking = await booked(database, in_care[0])
    assert (await cancelled(app, booking)).status_code == 200
    (line,) = shown(await read(app))
    assert "Démo Karim (médiation) a annulé la réservation de Démo Jeanne" in line
    assert "(séance du " in line


async def test_walls_10_a_refusal_and_a_repetition_leave_no_line(
    app: FastAPI, database: Database, in_care: list[BeneficiaryId]
) -> None:
    booking, key = await booked(database, in_care[0]), str(uuid4())
    for _ in range(2):
        assert (await cancelled(app, booking, key)).status_code == 200
    assert (await cancelled(app, booking)).status_code == 409
    (line,) = await lines(database, act="booking_cancelled")
    known = {"agent": "karim", "role": "mediator", "subject": "booking", "subject_id": str(booking.id)}
    assert {**line, **known, "person_id": in_care[0]} == line


async def test_walls_10_an_act_that_fails_at_the_end_leaves_no_line(
    app: FastAPI, database: Database, in_care: list[BeneficiaryId]
) -> None:
    """The line is in the transaction of the act: what is undone was not done."""
    booking = await booked(database, in_care[0])
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE outbox ADD CONSTRAINT nothing CHECK (false) NOT VALID")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with asking(app, MEDIATOR) as client:
        client._transport = transport
        answer = await client.post(f"/api/booking/bookings/{booking.id}/cancel", json=REASON)
    assert answer.status_code == 500
    assert await lines(database, act="booking_cancelled") == []


async def test_walls_10_those_booked_together_are_written_by_one_statement(
    app: FastAPI, database: Database, in_care: list[BeneficiaryId]
) -> None:
    session = await new_session(database)
    async with visiting(app) as browser:
        page = await browser.get(f"/emargement/{session}/inscrire")
        with overheard(database) as statements:
            await press(browser, page, "Inscrire", beneficiary_id=[str(person) for person in in_care])
    assert {line["person_id"] for line in await lines(database, act="booked")} == {*in_care}
    written = [1 for statement, _ in statements if "INSERT INTO journal" in statement]
    commands = [1 for statement, _ in statements if "INSERT INTO outbox" in statement]
    assert len(written) == len(commands) < len(in_care)


async def test_walls_10_it_is_filtered_by_agent_person_and_day(
    app: FastAPI, database: Database, in_care: list[BeneficiaryId]
) -> None:
    first, second = [await booked(database, person, number) for number, person in enumerate(in_care[:2])]
    await cancelled(app, first)
    await cancelled(app, second)
    await looked_at(app, f"/r/{first.code}")
    today = datetime.now(PARIS).date()
    of_first = shown(await read(app, personne=in_care[0]))
    assert [("Jeanne" in line, "Odile" in line) for line in of_first] == [(True, False)]
    assert len(shown(await read(app, agent="karim", jour=today))) == 2
    for filters in ({"jour": today - timedelta(days=1)}, {"agent": "lucie"}, {"personne": uuid4()}):
        assert "Rien n'a été noté avec ces choix." in text_of(await read(app, **filters))


async def test_walls_10_looking_into_the_journal_is_in_it(
    app: FastAPI, database: Database, in_care: list[BeneficiaryId]
) -> None:
    await read(app, personne=in_care[0])
    (line,) = await lines(database, act="journal_read")
    assert (line["agent"], line["reading"], line["person_id"]) == ("admin", True, in_care[0])


async def test_walls_10_reading_a_file_is_in_it_and_a_refused_reading_is_not(
    app: FastAPI, database: Database, in_care: list[BeneficiaryId]
) -> None:
    async with visiting(app) as browser:
        assert (await browser.get(f"/dossiers/{in_care[0]}")).status_code == 200
        assert (await browser.get(f"/dossiers/{uuid4()}")).status_code == 404
        assert (await browser.get("/dossiers/none")).status_code == 422
    async with visiting(app, PRESCRIBER) as browser:
        assert (await browser.get(f"/dossiers/{in_care[0]}")).status_code == 403
    (line,) = await lines(database)
    assert (line["act"], line["agent"], line["person_id"]) == ("file_read", "karim", in_care[0])


async def test_walls_10_what_a_resident_does_by_their_link_is_theirs(
    app: FastAPI, database: Database, in_care: list[BeneficiaryId]
) -> None:
    booking = await booked(database, in_care[0])
    async with visiting(app, None) as telephone:
        page = await telephone.get(f"/r/{booking.code}/annuler")
        await press(telephone, page, "annule")
    (line,) = await lines(database)
    assert (line["act"], line["agent"], line["role"]) == ("cancelled_by_link", "", "resident")
    assert "La personne (par son lien) a annulé, par le lien," in shown(await read(app))[0]


async def test_walls_10_after_an_erasure_the_line_stays_and_the_person_goes(
    app: FastAPI, database: Database, in_care: list[BeneficiaryId]
) -> None:
    """Rule 27."""
    person, booking = in_care[0], await booked(database, in_care[0])
    await cancelled(app, booking)
    await database.transact(partial(usecases.erase, beneficiary_id=person, policy=POLICY))
    (line,) = await lines(database, act="booking_cancelled")
    assert line["person_id"] is None
    assert str(person) not in repr(await lines(database))
    assert "a annulé la réservation d'une personne effacée" in shown(await read(app))[0]


async def test_walls_10_marks_and_answers_to_offers_are_in_it(
    app: FastAPI, site: Site, offer: Booking, in_care: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    first, second = [await booked(database, person, number) for number, person in enumerate(in_care[:2])]
    async with asking(app, MEDIATOR) as client:
        assert (await client.post(f"/api/booking/bookings/{offer.id}/accept")).status_code == 200
        for booking in (first, second):
            await over(site, booking, hours=1)
        for booking, attended in ((first, False), (second, True)):
            marked = await client.post(f"/api/booking/bookings/{booking.id}/attendance", json={"attended": attended})
            assert marked.status_code == 200
    done = [(line["act"], line["person_id"], line["facts"]) for line in await lines(database, reading=False)]
    assert done == [
        ("offer_accepted", offer.beneficiary_id, {}),
        ("attendance_marked", in_care[0], {"state": "missed"}),
        ("attendance_marked", in_care[1], {"state": "attended"}),
    ]
    assert "a noté si Démo Jeanne D. était là (séance du" in " ".join(shown(await read(app, personne=in_care[0])))


def of(number: int, now: datetime) -> dict[str, Any]:
    return {
        "at": now - timedelta(seconds=number // 3),  # some at the same moment
        "act": "booked", "reading": False, "agent": "karim", "agent_name": "Démo Karim", "role": "mediator",
        "centre_id": None, "subject": "session", "subject_id": "", "person_id": None, "facts": {"number": f"n{number}"},
    }  # fmt: skip


async def test_walls_10_what_is_over_is_deleted_and_nothing_younger_than_a_year(database: Database) -> None:
    """Also with settings that ask for less."""
    now = datetime.now(UTC)
    aged = [{**of(0, now - timedelta(days=days)), "reading": reads} for days, reads in AGED]
    async with database.engine.begin() as connection:
        await connection.execute(insert(journal), aged)
    await database.transact(actors.settings_for(Settings, database.url).end_journal)
    assert [((now - line["at"]).days, line["reading"]) for line in await lines(database)] == AGED[:4]
    brief: dict[str, Any] = {"retain_readings": timedelta(days=1), "retain_acts": timedelta(days=1)}
    await database.transact(actors.settings_for(Settings, database.url, **brief).end_journal)
    assert [((now - line["at"]).days, line["reading"]) for line in await lines(database)] == AGED[:2]


async def test_walls_10_page_after_page_shows_each_line_once(app: FastAPI, site: Site) -> None:
    now = datetime.now(UTC)
    async with site.runtime.database.engine.begin() as connection:
        await connection.execute(insert(journal), [of(number, now) for number in reversed(range(120))])
    seen: list[list[str]] = []
    page = await read(app, agent="karim")
    while True:
        seen.append([re.findall(r"n\d+", line)[0] for line in shown(page)])
        older = re.search(r'href="([^"]+)" rel="next"', page.text)
        if not older:
            break
        page = await follow(app, "/booking/journal" + older[1])
    assert [*chain(*seen)] == [f"n{number}" for number in range(120)]
    assert [len(page) for page in seen] == [50, 50, 20]
    back = await follow(app, "/booking/journal" + re.findall(r'href="([^"]+)" rel="prev"', page.text)[0])
    assert [re.findall(r"n\d+", line)[0] for line in shown(back)] == seen[1]


async def follow(app: FastAPI, address: str) -> httpx.Response:
    async with visiting(app, ADMINISTRATOR) as browser:
        return await browser.get(address.replace("&amp;", "&"))


async def test_walls_10_a_call_is_noted_by_who_follows_the_person_at_that_moment(
    database: Database, in_care: list[BeneficiaryId]
) -> None:
    """Whose file it is is asked under the lock by which it is handed over."""
    person = in_care[0]
    hand_over = partial(usecases.hand_over, beneficiary_id=person, by=ME, to=LUCIE, reason="un congé")
    await deliver(database, *in_post(LUCIE, "Démo Lucie"))
    await database.transact(hand_over)
    with pytest.raises(FileOfAnother):
        await database.transact(partial(usecases.note_call, beneficiary_id=person, by=ME, named="Démo Karim"))
