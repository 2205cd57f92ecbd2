"""Rule 27: an erasure is asked for by who follows the person, can be withdrawn for some days, and is then done."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId
from services.prescription import access
from services.prescription.model import Beneficiary, Digests
from services.prescription.queries import person as person_of
from services.prescription.usecases import erasures
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking
from tests.prescription.conftest import OTHER_PRESCRIBER, consume
from tests.prescription.erasure_steps import asked, digests_of, opened, passed, withdrawn
from tests.prescription.steps import (
    NO_PHONE,
    NOW,
    change,
    confirmed,
    erased,
    merge,
    page_of,
    places_of,
    post,
    prescribed,
    published,
    registered,
    rows,
    scalar,
    sent,
    visiting,
)

GRACE = timedelta(days=7)
STATES = "SELECT executed_at IS NOT NULL, withdrawn_at IS NOT NULL FROM erasure_requests ORDER BY asked_at, id"


async def test_walls_09_a_prescriber_of_another_centre_erases_nobody(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    for _ in range(2):
        refused = await asked(app, person, OTHER_PRESCRIBER)
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (403, "not-their-centre")
        await opened(app, person, OTHER_PRESCRIBER)
    now = f"/api/prescription/beneficiaries/{person}/erasure/now"
    for who in (OTHER_PRESCRIBER, PRESCRIBER):
        assert (await post(app, now, {"reason": "danger"}, who=who)).status_code == 403
    assert (await withdrawn(app, person, OTHER_PRESCRIBER)).status_code == 403
    assert await scalar(database, "SELECT count(*) FROM erasure_requests") == 0
    async with visiting(app, OTHER_PRESCRIBER) as browser:
        page = (await browser.get(f"/habitants/{person}/effacer")).text
    assert "dans le centre qui suit la personne : Centre social de Crest" in page
    assert "<form" not in page.split("<h1>")[1]


async def test_walls_09_without_the_check_another_centre_would_ask(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    person = await registered(app)
    await opened(app, person, OTHER_PRESCRIBER)
    for module in (access, erasures):
        monkeypatch.setattr(module, "check_may_erase", lambda *_: None)
    assert (await asked(app, person, OTHER_PRESCRIBER)).status_code == 202


async def test_walls_09_an_administrator_says_why_they_open_the_record(app: FastAPI) -> None:
    person = await registered(app)
    assert (await asked(app, person, ADMINISTRATOR)).json()["type"].endswith("reason-asked")
    await opened(app, person, ADMINISTRATOR)
    assert (await asked(app, person, ADMINISTRATOR)).status_code == 202


async def test_walls_09_nothing_is_erased_before_the_day_that_was_told(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    before = len(await published(database))
    answer = (await asked(app, person)).json()
    assert timedelta(0) <= datetime.fromisoformat(answer["due_at"]) - NOW - GRACE < timedelta(hours=1)
    assert await published(database, after=before) == ["beneficiary.erasure_requested.v1"]
    await passed(site, 6.9)
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 1
    await passed(site, 0.2)
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 0
    async with asking(app, PRESCRIBER) as client:
        after = (await client.get(f"/api/prescription/erasures/{answer['number']}")).json()
    assert (after["state"], after["answers"]["booking"]) == ("executed", None)


async def test_walls_09_a_request_says_who_asked_and_why_and_of_whom_by_a_keyed_digest(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    async with database.reading() as reading:
        name = digests_of(site).of_name(await person_of(reading, BeneficiaryId(UUID(person))))
    await asked(app, person)
    await passed(site, 7)
    columns = "by_subject, by_name, centre_id, reason, beneficiary_id, id_digests, name_digest"
    assert await rows(database, f"SELECT {columns} FROM erasure_requests") == [  # noqa: S608 - our own names
        ("nadia", "Démo Nadia", PRESCRIBER.centre_id, "wish", None, [digests_of(site).of_id(UUID(person))], name)
    ]
    await change(database, "DELETE FROM outbox")
    assert [
        place for place in await places_of(database, person, "Dubœuf", "1951-03-02") if "erasures" not in place
    ] == []


async def test_walls_09_a_digest_needs_the_secret_and_tells_twins_apart() -> None:
    mine, other = Digests(b"mine"), Digests(b"another")
    person, twin = (
        Beneficiary(first_name="Jean-Pierre", last_name="Dupré", birth_date=NOW.date(), twin=twin) for twin in (0, 1)
    )
    same = Beneficiary(first_name="Jean Pierre", last_name="DUPRE", birth_date=NOW.date(), twin=0)
    assert mine.of_name(person) == mine.of_name(same)
    assert len({mine.of_name(person), other.of_name(person), mine.of_name(twin)}) == 3
    assert "mine" not in repr(mine)


async def test_walls_09_a_withdrawn_request_erases_nobody(site: Site, app: FastAPI, database: Database) -> None:
    person = await registered(app)
    number = (await asked(app, person)).json()["number"]
    before = len(await published(database))
    assert (await withdrawn(app, person)).json()["state"] == "withdrawn"
    assert await published(database, after=before) == ["beneficiary.erasure_withdrawn.v1"]
    assert (await withdrawn(app, person)).json()["type"].endswith("nothing-to-withdraw")
    await passed(site, 8)
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 1
    again = (await asked(app, person)).json()["number"]
    assert again != number
    assert await rows(database, STATES) == [(False, True), (False, False)]


async def test_walls_09_asking_twice_is_asking_once(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    first, second = [(await asked(app, person)).json() for _ in range(2)]
    assert (first["number"], first["due_at"]) == (second["number"], second["due_at"])
    assert await scalar(database, "SELECT count(*) FROM erasure_requests") == 1
    assert (await published(database)).count("beneficiary.erasure_requested.v1") == 1


async def test_walls_09_until_then_a_person_uses_what_they_hold_and_is_given_no_more(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    book = await prescribed(app, person)
    await asked(app, person)
    await consume(site, confirmed(person, (book["vouchers"][0]["id"],)))
    assert await scalar(database, "SELECT count(*) FROM bookings") == 1
    refused = await post(app, f"/api/prescription/beneficiaries/{person}/books", {"need": "farm"})
    assert refused.json()["type"].endswith("erasure-awaited")
    page = await page_of(app, person)
    assert "Un effacement est demandé" in page
    assert "Prescrire 5 heures" not in page
    await withdrawn(app, person)
    assert "Un effacement est demandé" not in await page_of(app, person)


async def test_walls_09_the_page_says_what_follows_and_by_when_and_takes_it_back(app: FastAPI) -> None:
    person = await registered(app)
    address = f"/habitants/{person}/effacer"
    async with visiting(app) as browser:
        assert (await sent(browser, address, address)).status_code == 422
        done = await sent(browser, address, address, reason="wish")
        for sentence in ("C&#39;est fait", "Ce qui se passe maintenant", "La personne reçoit un message", "dire non"):
            assert sentence in done.text
        waiting = (await browser.get(address)).text
        assert "Une demande est déjà enregistrée" in waiting
        taken_back = await sent(browser, address, f"{address}/annuler")
        assert "rien n&#39;est effacé" in taken_back.text


async def test_walls_09_an_administrator_sees_what_waits_what_is_due_done_and_withdrawn(
    site: Site, app: FastAPI, database: Database
) -> None:
    people = [await registered(app, **NO_PHONE, birth_date=f"1960-01-0{number}") for number in range(1, 5)]
    for person in people[:3]:
        await asked(app, person)
    await withdrawn(app, people[0])
    await passed(site, 7)
    await asked(app, people[3])
    await change(database, "UPDATE erasure_requests SET due_at = now() WHERE executed_at IS NULL")
    for person in (people[0],):
        await asked(app, person)
    async with visiting(app, ADMINISTRATOR) as browser:
        page = (await browser.get("/effacements")).text
    states = ("à effacer maintenant", "demandé", "effacé", "annulé")
    assert [page.count(f">{state}</") for state in states] == [1, 1, 2, 1]
    assert "Dubœuf" not in page


@pytest.mark.parametrize("whose", ["the survivor", "the merged", "both"])
async def test_walls_09_a_merge_takes_the_request_along(
    site: Site, app: FastAPI, database: Database, whose: str
) -> None:
    survivor, merged = await registered(app), await registered(app, **NO_PHONE, birth_date="1951-02-03")
    for person, name in ((survivor, "the survivor"), (merged, "the merged")):
        if whose in {name, "both"}:
            await asked(app, person)
    assert (await merge(app, survivor, merged)).status_code == 204
    assert await scalar(database, "SELECT count(*) FROM erasure_requests WHERE withdrawn_at IS NULL") == 1
    await passed(site, 7)
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 0
    digests = await scalar(database, "SELECT id_digests FROM erasure_requests WHERE executed_at IS NOT NULL")
    assert digests == [digests_of(site).of_id(UUID(one_id)) for one_id in (survivor, merged)]


async def test_walls_09_whoever_is_erased_while_a_double_is_decided_leaves_no_question(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    await registered(app, first_name="Jeane", confirmed=True)
    assert await scalar(database, "SELECT count(*) FROM doubles") == 1
    await asked(app, person)
    await passed(site, 7)
    assert await scalar(database, "SELECT count(*) FROM doubles") == 0
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 1


async def test_walls_09_at_once_a_waiting_request_is_replaced(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    waiting = (await asked(app, person)).json()["number"]
    number = await erased(app, person)
    assert number != waiting
    query = "SELECT number, reason, executed_at IS NOT NULL, withdrawn_by FROM erasure_requests ORDER BY asked_at, id"
    assert await rows(database, query) == [
        (waiting, "wish", False, "remplacée par un effacement immédiat"),
        (number, "danger", True, None),
    ]
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 0


async def unerasable(database: Database, person: str) -> None:
    """A row of a table that the erasure does not know holds the record."""
    await change(database, "CREATE TABLE held (id UUID REFERENCES beneficiaries)")
    await change(database, "INSERT INTO held VALUES (:id)", id=UUID(person))


async def test_walls_09_one_that_fails_holds_up_no_other_and_is_done_the_next_time(
    site: Site, app: FastAPI, database: Database
) -> None:
    first, second = [await registered(app, **NO_PHONE, birth_date=f"1960-01-0{number}") for number in (1, 2)]
    await asked(app, first)
    await asked(app, second)
    await change(database, "UPDATE erasure_requests SET due_at = now() - interval '1 hour'")
    await unerasable(database, first)
    with pytest.raises(ExceptionGroup):
        await passed(site, 0)
    assert [str(id_) for (id_,) in await rows(database, "SELECT id FROM beneficiaries")] == [first]
    await change(database, "DROP TABLE held")
    await passed(site, 0)
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 0
