"""Walls 11: a copy is asked for once, comes in its time, is for its centre alone, and is gone after a week."""

import re
from datetime import timedelta

import pytest

from county import copies
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking
from tests.copies.asked import copied, page, request
from tests.copies.county import County
from tests.copies.life import JEANNE, opened, registered
from tests.prescription.conftest import OTHER_PRESCRIBER

READ = "SELECT name, why FROM readings WHERE what = 'copy' ORDER BY id"


async def test_walls_11_asked_for_twice_it_is_the_same_copy(county: County) -> None:
    await opened(county)
    person = await registered(county, JEANNE)
    await request(county, person)
    _, first = await copied(county, person)
    await county.ask(PRESCRIBER, "GET", "prescription", f"/api/prescription/beneficiaries/{person}")
    await request(county, person)
    _, second = await copied(county, person)
    assert first == second
    assert len(await county.rows("prescription", "SELECT id FROM copies")) == 1


async def test_walls_11_a_service_that_is_down_is_named_and_the_copy_goes_on_when_it_is_back(county: County) -> None:
    await opened(county)
    person = await registered(county, JEANNE)
    county.down = {"notifications"}
    await request(county, person)
    shown = (await page(county, person)).text
    assert re.search("<strong>Messages</strong></p>.{0,200}pas encore", shown, re.DOTALL)
    assert shown.count("a répondu") == 3 + shown.count("Qui a répondu")
    assert (await page(county, person, ".pdf")).status_code == 409
    await request(county, person)  # asked again meanwhile: a second answer changes nothing
    county.down = set()
    await county.carry()
    assert "La copie est complète" in (await page(county, person)).text
    assert (await page(county, person, ".pdf")).status_code == 200


async def test_walls_11_after_a_month_an_administrator_sees_what_is_incomplete(county: County) -> None:
    await opened(county)
    person = await registered(county, JEANNE)
    county.down = {"booking"}
    await request(county, person)
    await county.change("prescription", "UPDATE copies SET asked_at = asked_at - interval '31 days'")
    async with asking(county.apps["prescription"], ADMINISTRATOR) as client:
        assert "1 copie de données attend depuis trop longtemps" in (await client.get("/guichet")).text
        listed = (await client.get("/copies")).text
    assert ("trop tard" in listed, "Réservation" in listed) == (True, True)
    assert "la loi donne un mois" in (await page(county, person)).text


async def test_walls_11_the_copy_is_for_its_centre_and_the_administration_and_each_download_is_recorded(
    county: County,
) -> None:
    await opened(county)
    person = await registered(county, JEANNE)
    await request(county, person)
    for kind in ("", ".pdf", ".json"):
        assert (await page(county, person, kind, OTHER_PRESCRIBER)).status_code == 403
    async with asking(county.apps["prescription"], OTHER_PRESCRIBER) as client:
        assert (await client.post(f"/habitants/{person}/copie")).status_code == 403
    await page(county, person, ".pdf")
    await page(county, person, ".json", ADMINISTRATOR)
    theirs = "suivi par son centre"
    assert [tuple(row) for row in await county.rows("prescription", READ)] == [
        ("Démo Nadia", f"copie demandée, {theirs}"),
        ("Démo Nadia", f"copie remise, {theirs}"),
        ("Démo Admin", "copie remise, demande de la personne à l'administration"),
    ]


async def test_walls_11_what_travels_and_lies_is_sealed_and_its_key_goes_with_the_copy(county: County) -> None:
    await opened(county)
    person = await registered(county, JEANNE)
    await request(county, person)
    sealed = [one.value or b"" for one in county.carried if b"sealed" in (one.value or b"")]
    assert len(sealed) == 3
    parts = await county.rows("prescription", "SELECT sealed FROM copy_parts")
    kept = b"".join([*sealed, *[row.sealed for row in parts]])
    assert [word for word in ("Jeanne", "Dubœuf", "9980000", "demo.jeanne") if word.encode() in kept] == []
    await county.move_clock(county.now + timedelta(days=8))
    await forgotten(county)
    assert await county.rows("prescription", "SELECT id FROM copies") == []
    assert await county.rows("prescription", "SELECT part FROM copy_parts") == []
    assert "Demander la copie" in (await page(county, person)).text


async def forgotten(county: County) -> None:
    """The hourly job."""
    runtime = county.sites["prescription"].runtime
    (job,) = [job for job in runtime.declared.jobs if job.name == "forget copies"]
    await job.work(runtime.database)


async def test_walls_11_a_copy_is_there_for_a_week_and_no_longer(county: County) -> None:
    await opened(county)
    person = await registered(county, JEANNE)
    await request(county, person)
    for days, there in ((6, 1), (2, 0)):
        await county.move_clock(county.now + timedelta(days=days))
        await forgotten(county)
        assert len(await county.rows("prescription", "SELECT id FROM copies")) == there


async def test_walls_11_erased_the_person_has_no_copy_and_late_answers_are_dropped(county: County) -> None:
    await opened(county)
    person = await registered(county, JEANNE)
    county.down = {"booking"}
    await request(county, person)
    for path, reason in (("openings", "une urgence"), ("erasure/now", "danger")):
        address = f"/api/prescription/beneficiaries/{person}/{path}"
        await county.ask(ADMINISTRATOR, "POST", "prescription", address, json={"reason": reason})
    county.down = set()
    await county.carry()
    for table in ("copies", "copy_parts", "parked"):
        ((count,),) = await county.rows("prescription", f"SELECT count(*) FROM {table}")  # noqa: S608 - our own tables
        assert (table, count) == (table, 0)


async def test_walls_11_two_records_that_become_one_have_no_half_copy(county: County) -> None:
    await opened(county)
    first = await registered(county, JEANNE)
    change = {"phone": None, "channel": "call", "email": None, "birth_date": "1951-02-03", "confirmed": True}
    second = await registered(county, {**JEANNE, **change})
    for person in (first, second):
        await request(county, person)
    merging = {"kept_id": first, "merged_id": second, "reason": "date mal lue"}
    await county.ask(ADMINISTRATOR, "POST", "prescription", "/api/prescription/merges", json=merging)
    assert await county.rows("prescription", "SELECT id FROM copies") == []
    await request(county, first)
    assert len((await copied(county, first))[1].services) == 4


async def test_walls_11_what_is_larger_than_a_message_comes_in_parts(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "LARGEST_PART", 500)
    await opened(county)
    person = await registered(county, JEANNE)
    await request(county, person)
    parts = await county.rows("prescription", "SELECT service, count(*) AS parts FROM copy_parts GROUP BY service")
    assert all(row.parts > 1 for row in parts if row.service != "catalogue")
    assert "Démo Jeanne" in (await copied(county, person))[0]


@pytest.mark.parametrize("what", ["/StructTreeRoot", "pdfuaid", "/Lang(fr"])
async def test_walls_11_the_paper_can_be_read_aloud(county: County, what: str) -> None:
    await opened(county)
    person = await registered(county, JEANNE)
    await request(county, person)
    assert what.encode() in (await page(county, person, ".pdf")).content


async def test_walls_11_without_the_wall_another_centre_would_have_it(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr("services.prescription.access.check_copied_by", lambda *_: None)
    monkeypatch.setattr("services.prescription.usecases.copies.check_copied_by", lambda *_: None)
    await opened(county)
    person = await registered(county, JEANNE)
    await request(county, person)
    assert (await page(county, person, ".pdf", OTHER_PRESCRIBER)).status_code == 200
