"""What a file of places changes, and what it does not: older, worse, from elsewhere, twice, doubled."""

import asyncio
import gc
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from sqlalchemy import text

from chassis.db import Transaction, dsn
from chassis.outbox import RELAY
from chassis.site import Site
from deploy.local.servers import ROOT
from services.catalogue import queries, usecases
from services.catalogue.commands import import_file
from services.catalogue.model import Space
from services.catalogue.standards import Remark, doubled, read_places
from tests.actors import ADMINISTRATOR, asking
from tests.catalogue.conftest import place
from tests.real_life.places import file_of, ours, raw, take
from tests.statements import overheard

IDLING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in trans%'"


async def test_an_older_date_overwrites_nothing_and_says_so(catalogue: Site) -> None:
    database = catalogue.runtime.database
    await take(database, file_of(raw(nom="Neuf", date_maj="2026-03-31")))
    done = await take(database, file_of(raw(nom="Vieux", date_maj="2024-01-02")))
    assert (done.counts["older"], done.counts["changed"]) == (1, 0)
    assert [remark.sentence for remark in done.remarks if remark.severity == "stays"] == [
        "Notre fiche est du 31/03/2026, celle-ci est plus ancienne : rien n'est changé."
    ]
    assert (await ours(database))["essai"].nom == "Neuf"
    same_day = await take(database, file_of(raw(nom="Corrigé", date_maj="2026-03-31")))
    assert same_day.counts["changed"] == 1


async def test_a_bad_value_never_erases_a_good_one_and_an_empty_one_does(catalogue: Site) -> None:
    database = catalogue.runtime.database
    good = {"pivot": "43493312300029", "telephone": "+33475250000", "horaires": "Mo-Fr 09:00-12:00"}
    await take(database, file_of(raw(**good)))
    bad = {"pivot": "4,34933E+13", "telephone": "3,34753E+10", "horaires": "9h-12h", "nom": "Nouveau nom"}
    done = await take(database, file_of(raw(**bad)))
    assert [line.fields for line in done.lines] == [("nom",)]
    stored = (await ours(database))["essai"]
    assert {name: getattr(stored, name) for name in good} == good
    assert {remark.field for remark in done.remarks if remark.severity == "stays"} == set(good)
    assert (await take(database, file_of(raw(**bad)))).counts["unchanged"] == 1
    emptied = await take(database, file_of(raw(**bad | {"horaires": ""})))
    assert [line.fields for line in emptied.lines] == [("horaires",)]


async def test_places_outside_of_the_drome_are_counted_and_taken_only_when_asked(catalogue: Site) -> None:
    rows = [raw(), raw(id="paris", commune="Paris", code_postal="75001", code_insee="75101", latitude="", longitude="")]
    async with asking(catalogue.application(), ADMINISTRATOR) as admin:
        first = (
            await admin.post("/api/catalogue/places", content=file_of(*rows), headers={"content-type": "text/csv"})
        ).json()
        admin.headers["content-type"] = "text/csv"
        second = (await admin.post("/api/catalogue/places?elsewhere=true", content=file_of(*rows))).json()
        del admin.headers["content-type"]
        page = await admin.post("/import", files={"file": ("lieux.csv", file_of(*rows))}, data={"trial": "1"})
    assert (first["counts"]["created"], first["counts"]["outside"]) == (1, 1)
    assert (second["counts"]["created"], "outside" in second["counts"]) == (1, False)
    assert "1 hors de la Drôme, laissé" in page.text


async def test_twice_is_no_change_and_shuffled_is_no_change(catalogue: Site) -> None:
    rows = [raw(id=f"p{number % 7}", nom=f"Lieu {number}", date_maj=f"2026-03-{10 + number}") for number in range(12)]
    rows += [raw(id="p1", nom="Même jour", date_maj="2026-03-18"), raw(id="p1", nom="Autre nom", date_maj="2026-03-18")]
    database = catalogue.runtime.database
    assert (await take(database, file_of(*rows))).counts["created"] == 7
    before = await ours(database)
    for again in (rows, [*reversed(rows)], rows[5:] + rows[:5]):
        assert (await take(database, file_of(*again))).counts["unchanged"] == 7
    assert await ours(database) == before


def test_two_thousand_places_of_one_name_are_compared_in_no_time_and_told_in_few_words() -> None:
    places = [(line, place(f"p{line}", nom="Mairie")) for line in range(2, 2002)]
    reading = read_places(file_of(*(raw(id=place.id, nom=place.nom, pivot="rien") for _, place in places)))
    about_pivot = [remark for remark in reading.remarks if remark.field == "pivot"]
    assert len(about_pivot) == 101
    assert about_pivot[-1].sentence == "… et 1\u00a0900 autres de ce genre, plus loin dans le fichier."


async def test_a_possible_double_is_answered_and_not_told_again(catalogue: Site) -> None:
    database = catalogue.runtime.database
    rows = [raw(id="a"), raw(id="b"), raw(id="c", nom="Ailleurs"), raw(id="d", nom="Ailleurs")]
    done = await take(database, file_of(*rows))
    pairs = [remark.pair for remark in done.remarks if remark.severity == "doubled"]
    assert pairs == [("a", "b"), ("c", "d")]
    async with asking(catalogue.application(), ADMINISTRATOR) as admin:
        page = (await admin.get("/import")).text
        result = page.partition('href="/import/')[2].partition('"')[0]
        shown = (await admin.get(f"/import/{result}")).text
        assert shown.count("C'est le même lieu") == 2
        for stays, other, same in (("a", "b", "true"), ("c", "d", "false")):
            answer = await admin.post("/import/doublons", data={"stays": stays, "other": other, "same": same})
            assert answer.status_code == 303
        assert (await admin.get(f"/import/{result}")).text.count("C'est le même lieu") == 0
    again = await take(database, file_of(*reversed(rows)))
    assert [remark for remark in again.remarks if remark.severity == "doubled"] == []
    assert (again.counts["merged"], again.counts["unchanged"]) == (1, 3)
    async with database.reading() as reading:
        assert {space.source_id for space in await queries.spaces(reading)} == {"a", "c", "d"}


async def test_the_result_stays_and_can_be_downloaded_for_a_spreadsheet(catalogue: Site) -> None:
    async with asking(catalogue.application(), ADMINISTRATOR) as admin:
        file = {"file": ("lieux.csv", file_of(raw(nom="=1+1"), raw(id="x", telephone="12")))}
        shown = (await admin.post("/import", files=file, data={"trial": "1"})).text
        address = shown.partition('href="/import/')[2].partition('"')[0]
        downloaded = await admin.get(f"/import/{address}")
    assert downloaded.headers["content-type"] == "text/csv; charset=utf-8"
    assert downloaded.content.startswith(b"\xef\xbb\xbfLigne;Lieu;")
    assert "1+1;créé" in downloaded.text
    assert "signe du début est enlevé" in downloaded.text


async def test_results_go_after_ninety_days(catalogue: Site) -> None:
    database = catalogue.runtime.database
    await take(database, file_of(raw()))
    await database.transact(usecases.forget_imports)
    async with database.reading() as reading:
        assert len(await queries.newest_imports(reading)) == 1

    async def later(tx: Transaction) -> None:
        tx.now += timedelta(days=91)
        await usecases.forget_imports(tx)

    await database.transact(later)
    async with database.reading() as reading:
        assert await queries.newest_imports(reading) == []


@pytest.mark.parametrize("spelled", ["conditions_acces", "conditions_access"])
def test_the_old_word_for_the_price_is_known_in_both_spellings(spelled: str) -> None:
    old = {name: value for name, value in raw().items() if value} | {spelled: "Gratuit : Je peux accéder gratuitement"}
    [place] = read_places(orjson.dumps([old])).places
    assert place.frais_a_charge == ("Gratuit",)


async def test_hours_and_site_are_in_the_structures_of_data_inclusion(catalogue: Site) -> None:
    values = {"horaires": "Mo-Fr 09:00-12:00", "site_web": "https://exemple.fr|https://exemple.org"}
    await take(catalogue.runtime.database, file_of(raw(**values)))
    async with asking(catalogue.application()) as client:
        [structure] = (await client.get("/api/catalogue/data-inclusion/structures.json")).json()
    assert structure["horaires_accueil"] == "Mo-Fr 09:00-12:00"
    assert structure["site_web"] == "https://exemple.fr"


async def command(*arguments: str) -> tuple[int, str, str]:
    """As at a terminal, without any setting."""
    program = (sys.executable, "-m", "services.catalogue", "places", *arguments)
    process = await asyncio.create_subprocess_exec(*program, stdout=PIPE, stderr=PIPE, cwd=ROOT, env={})
    out, error = await process.communicate()
    return process.returncode or 0, out.decode(), error.decode()


async def test_help_needs_no_settings_and_says_what_the_command_reads() -> None:
    status, out, error = await command("--help")
    assert (status, error) == (0, "")
    assert "FICHIER [essai] [liste=NOM] [ailleurs]" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(["absent.csv"], "ne peut pas être lu"), (["."], "ne peut pas être lu"), (["absent.csv", "esai"], "pas compris")],
)
async def test_a_missing_file_and_a_strange_word_are_refused_in_a_sentence(
    catalogue: Site, tmp_path: Path, words: list[str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        await import_file(catalogue.runtime, [str(tmp_path / words[0]), *words[1:]])


async def test_events_of_a_long_file_are_stored_on_the_way_each_once_and_in_order(
    catalogue: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.catalogue.usecases.imports.AT_ONCE", 1)
    monkeypatch.setattr("services.catalogue.usecases.imports.AT_MOST", 3)
    database = catalogue.runtime.database
    database.woken[RELAY].clear()
    await take(database, file_of(*(raw(id=f"p{number}", nom=f"Lieu {number}") for number in range(6))))
    async with database.reading() as reading:
        keys = (await reading.scalars(text("SELECT key FROM outbox ORDER BY id"))).all()
        listed = {space.source_id: str(space.id) for space in await queries.all_spaces(reading)}
    assert [*keys] == [listed[f"p{number}"] for number in range(6)]
    assert database.woken[RELAY].is_set()


async def test_no_transaction_idles_while_a_file_is_compared(catalogue: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a large one that takes seconds, and a transaction that idles for 15 is ended."""
    database, seen = catalogue.runtime.database, list[int]()

    async def idling() -> int:
        connection = await asyncpg.connect(dsn(database.url))
        try:
            return int(await connection.fetchval(IDLING))
        finally:
            await connection.close()

    def comparing(*given: Any) -> Iterator[Remark]:
        seen.append(asyncio.run(idling()))
        return doubled(*given)

    monkeypatch.setattr("services.catalogue.usecases.imports.doubled", comparing)
    await take(database, file_of(raw()))
    assert seen == [0]


async def test_of_our_own_places_few_are_in_memory_at_once(catalogue: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.catalogue.usecases.imports.AT_ONCE", 10)
    database, seen = catalogue.runtime.database, set[int]()
    reading = read_places(file_of(*(raw(id=f"p{number}", nom=f"Lieu {number}") for number in range(100))))

    def count(done: int, of: int) -> None:
        if done == of:
            seen.add(sum(isinstance(thing, Space) for thing in gc.get_objects()))

    for _ in range(2):
        await database.transact(lambda tx: usecases.import_places(tx, reading, trial=False, progress=count))
    assert max(seen) <= 20
    with overheard(database) as asked:
        await database.transact(lambda tx: usecases.import_places(tx, reading, trial=False))
    assert sum("FROM spaces" in statement for statement, _ in asked) >= 10, "it idles between two questions"
