"""Rule 27: who reads a record, why, and the copy that tells it to the person."""

from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import IntegrityError

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId
from contracts.notifications import ContactOptedOut
from services.prescription import texts
from services.prescription.queries import stored_of
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking
from tests.prescription.conftest import OTHER_PRESCRIBER, PERSON, consume
from tests.prescription.steps import (
    change,
    copied,
    failed,
    merge,
    page_of,
    prescribed,
    registered,
    rows,
    sent,
    visiting,
)


async def test_rule_27_every_reading_is_recorded(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    async with visiting(app) as browser, asking(app, PRESCRIBER) as client:
        await browser.get(f"/habitants/{person}")
        await client.get(f"/api/prescription/beneficiaries/{person}")
    read = await rows(database, "SELECT subject, name, centre_id, what, why FROM readings ORDER BY id")
    mine = ("nadia", "Démo Nadia", PRESCRIBER.centre_id)
    assert read == [(*mine, "page", "suivi par son centre"), (*mine, "api", "suivi par son centre")]


async def test_rule_27_another_centre_gives_a_reason_first(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    address = f"/habitants/{person}"
    async with visiting(app, OTHER_PRESCRIBER) as browser:
        closed = await browser.get(address)
        assert (closed.status_code, "Pourquoi ouvrir" in closed.text, "Dubœuf" in closed.text) == (403, True, False)
        for path in ("modifier", "copie.pdf", "effacer"):
            assert (await browser.get(f"{address}/{path}")).status_code == 403
        opened = await sent(browser, address, f"{address}/ouvrir", why="elle est devant moi")
        assert "Dubœuf" in opened.text
    assert await rows(database, "SELECT what, why FROM readings ORDER BY id") == [
        ("opened", "elle est devant moi"),
        ("page", "elle est devant moi"),
    ]


async def test_rule_27_the_api_asks_for_the_same_reason(app: FastAPI) -> None:
    person = await registered(app)
    async with asking(app, OTHER_PRESCRIBER) as client:
        assert (await client.get(f"/api/prescription/beneficiaries/{person}")).json()["type"].endswith("reason-asked")
        refused = await client.post(f"/api/prescription/beneficiaries/{person}/books", json={"need": "farm"})
        assert refused.status_code == 403
        given = {"reason": "elle est devant moi"}
        assert (await client.post(f"/api/prescription/beneficiaries/{person}/openings", json=given)).status_code == 204
        read = await client.get(f"/api/prescription/beneficiaries/{person}")
        assert read.json()["last_name"] == "Dubœuf"
        assert (
            await client.post(f"/api/prescription/beneficiaries/{person}/books", json={"need": "farm"})
        ).status_code == 201


async def test_walls_06_a_reason_in_an_address_opens_nothing_and_is_not_written(
    app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    async with asking(app, OTHER_PRESCRIBER) as client:
        answer = await client.get(f"/api/prescription/beneficiaries/{person}", params={"reason": "elle est devant moi"})
    assert answer.status_code == 403
    assert await rows(database, "SELECT what FROM readings") == []


async def test_rule_27_a_reason_holds_for_an_hour(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    async with asking(app, OTHER_PRESCRIBER) as client:
        await client.post(f"/api/prescription/beneficiaries/{person}/openings", json={"reason": "elle est devant moi"})
        await change(database, "UPDATE readings SET at = at - interval '61 minutes'")
        assert (await client.get(f"/api/prescription/beneficiaries/{person}")).status_code == 403


async def test_a_prescriber_who_moves_sees_the_people_of_the_new_centre(app: FastAPI) -> None:
    person = await registered(app)
    async with visiting(app, ADMINISTRATOR) as browser:
        address = f"/prescripteurs/{OTHER_PRESCRIBER.prescriber_id}"
        fields = {"name": "Démo Paul", "centre_id": str(PRESCRIBER.centre_id), "active": "true"}
        await sent(browser, address, address, **fields)
    async with visiting(app, OTHER_PRESCRIBER) as browser:
        assert (await browser.get(f"/habitants/{person}")).status_code == 200


async def test_the_preferred_centre_follows_the_person_too(app: FastAPI) -> None:
    person = await registered(app, preferred_centre_id=str(OTHER_PRESCRIBER.centre_id))
    for who in (PRESCRIBER, OTHER_PRESCRIBER):
        async with visiting(app, who) as browser:
            assert (await browser.get(f"/habitants/{person}")).status_code == 200


async def test_rule_27_the_copy_for_the_person_says_who_read_what(site: Site, app: FastAPI, database: Database) -> None:
    person = await registered(app)
    await prescribed(app, person)
    await copied(site, app, person)
    async with visiting(app) as browser:
        copy = await browser.get(f"/habitants/{person}/copie.pdf")
    assert copy.content.startswith(b"%PDF-1.")
    assert b"pdfuaid" in copy.content
    assert await rows(database, "SELECT what FROM readings") == [("copy",), ("copy",)]


async def test_rule_27_the_copy_is_whole(site: Site, app: FastAPI, database: Database) -> None:
    person = await registered(app, preferred_centre_id=str(OTHER_PRESCRIBER.centre_id))
    other = await registered(app, phone=None, channel="call", birth_date="1951-02-03")
    await merge(app, person, other)
    await registered(app, first_name="Démo Marc", last_name="Autre", confirmed=True)
    whose = BeneficiaryId(UUID(person))
    await consume(site, ContactOptedOut(beneficiary_id=whose, channel="sms", kind="book_nearly_empty"))
    await consume(site, *[failed(person) for _ in range(25)])
    async with asking(app, PRESCRIBER) as client:
        assert (
            await client.put(f"/api/prescription/beneficiaries/{person}", json={**PERSON, "commune_insee": "26113"})
        ).is_success
    async with database.reading() as reading:
        sections = {
            section.name: [line.text for line in section.lines]
            for section in texts.sections(await stored_of(reading, whose))
        }
    assert "Centre qui vous suit : Centre social de Crest" in sections["record"]
    assert "Messages qui ne sont plus envoyés : Chéquier presque épuisé" in sections["record"]
    assert sections["record"][-2].endswith(", par Démo Nadia")
    assert len(sections["known_notices"]) == 25
    assert "fiches réunies, par Démo Admin (date mal lue)" in sections["merges"][0]
    (waiting,) = sections["doubles"]
    assert ("même téléphone" in waiting, "Marc" in waiting) == (True, False)
    assert "Démo Nadia, fiche modifiée (Commune, Centre qui la suit)" in sections["readings"][0]


async def test_rule_27_a_reading_without_a_reason_is_refused_by_the_database_alone(
    app: FastAPI, database: Database
) -> None:
    await page_of(app, await registered(app))
    with pytest.raises(IntegrityError, match="ck_readings_why"):
        await change(database, "UPDATE readings SET why = ''")
