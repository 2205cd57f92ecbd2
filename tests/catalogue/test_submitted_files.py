"""A file of places that takes long: its page says how far it is, may be left and found again; nothing is done twice."""

import asyncio
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest

from chassis.db import Database, Transaction
from chassis.site import Site
from services.catalogue import queries, usecases
from services.catalogue.model.place_import import TRIES
from services.catalogue.standards import places_to_csv
from tests.actors import ADMINISTRATOR, asking
from tests.catalogue.conftest import place, space_ids
from tests.jobs import do
from tests.statements import overheard
from tests.waiting import until

JOB = "import files left behind"


def file_of(count: int = 3) -> bytes:
    return places_to_csv([place(f"p{number}") for number in range(count)]).encode()


async def submitted(database: Database, content: bytes, *, before: timedelta = timedelta(0)) -> UUID:
    async def submit(tx: Transaction) -> UUID:
        tx.now -= before
        return await usecases.submit_file(tx, content, trial=False, list_name="", elsewhere=False)

    return await database.transact(submit)


async def waiting(database: Database) -> list[UUID]:
    async with database.reading() as reading:
        return [file.id for file in await queries.submitted_files(reading)]


async def test_who_waits_too_long_is_shown_how_far_it_is_and_finds_it_again(
    site: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.catalogue.staff.imports.ANSWERED_WITHIN", 0.0)
    async with asking(site.application(), ADMINISTRATOR) as admin:
        sent = await admin.post("/import", files={"file": ("lieux.csv", file_of())}, data={})
        assert "Import en cours" in sent.text
        address = sent.text.partition('href="/import/')[2].partition('"')[0]

        async def result() -> str:
            shown = (await admin.get(f"/import/{address}")).text
            return shown if "Ce qui est fait" in shown else ""

        assert "3 créés" in await until(result)
        assert address in (await admin.get("/import")).text
        assert (await admin.get(f"/import/{address}/resultat.csv")).status_code == 200
    assert await waiting(database) == []


async def test_the_page_says_how_many_places_are_done(site: Site, database: Database) -> None:
    file_id = await submitted(database, file_of())
    async with asking(site.application(), ADMINISTRATOR) as admin:
        assert "attend son tour" in (await admin.get(f"/import/{file_id}")).text
        assert f'href="/import/{file_id}"' in (await admin.get("/import")).text
        await database.transact(lambda tx: queries.note_progress(tx, file_id, 50, 120))
        shown = (await admin.get(f"/import/{file_id}")).text
    assert "50 lus sur 120 lieux" in shown
    assert '<progress value="50" max="120"' in shown
    assert "Actualiser" in shown


async def test_progress_is_stored_while_the_import_shows_nothing_yet(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.catalogue.usecases.submitted_files.NOTED_EVERY", 0.0)
    monkeypatch.setattr("services.catalogue.usecases.imports.AT_ONCE", 1)
    file_id = await submitted(database, file_of(60))
    with overheard(database) as asked:
        await usecases.import_submitted(database, file_id)
    noted = [values[:2] for statement, values in asked if statement.startswith("UPDATE submitted_files")]
    assert any(0 < done < total == 60 for done, total in noted), noted


async def test_a_file_whose_process_ended_is_imported_by_the_job_under_its_number(
    site: Site, database: Database
) -> None:
    young, old = await submitted(database, file_of(5)), await submitted(database, file_of(), before=timedelta(hours=1))
    await do(site, JOB)
    assert await waiting(database) == [young]
    async with database.reading() as reading:
        assert (await queries.place_import(reading, old)).result["counts"]["created"] == 3


async def test_a_file_that_fails_holds_up_no_other(site: Site, database: Database) -> None:
    broken = await submitted(database, b"no list", before=timedelta(hours=2))
    await submitted(database, file_of(), before=timedelta(hours=1))
    with pytest.raises(ExceptionGroup):
        await do(site, JOB)
    assert await waiting(database) == [broken]


async def test_a_file_that_always_fails_is_given_up_and_its_page_says_so(
    site: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("services.catalogue.usecases.submitted_files.store_result", fail)
    file_id = await submitted(database, file_of(), before=timedelta(hours=1))
    for _ in range(TRIES):
        with pytest.raises(ExceptionGroup):
            await do(site, JOB)
    await do(site, JOB)  # no further try
    async with asking(site.application(), ADMINISTRATOR) as admin:
        assert "n'a pas pu être importé" in unescape((await admin.get(f"/import/{file_id}")).text)
        assert "sans succès" in (await admin.get("/import")).text
        sent = await admin.post("/import", files={"file": ("lieux.csv", file_of())}, data={})
    assert (sent.status_code, "Import en cours" in sent.text) == (200, True), "it is stored, and tried again"
    assert not await space_ids(database)


async def test_two_instances_import_a_file_once(database: Database) -> None:
    file_id = await submitted(database, file_of(60))
    await asyncio.gather(*(usecases.import_submitted(database, file_id) for _ in range(3)))
    await usecases.import_submitted(database, file_id)
    assert len(await space_ids(database)) == 60
    async with database.reading() as reading:
        assert (await queries.place_import(reading, file_id)).result["counts"]["created"] == 60
