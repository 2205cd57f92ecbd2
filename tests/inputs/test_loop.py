"""While something long is worked out, the event loop turns: pages, consumers and the relay go on beside it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import groupby
from typing import Any

import httpx
import pytest

from chassis import printed
from chassis.clock import Clock
from deploy.local.servers import ROOT
from services.catalogue import usecases
from services.catalogue.standards import places_to_csv, read_places
from tests.actors import ADMINISTRATOR, MEDIATOR, PRESCRIBER, asking
from tests.catalogue.conftest import place
from tests.conftest import Created
from tests.inputs.seeds import known_ids, seeded
from tests.prescription.steps import copied

MANY = [
    place(f"drome-{number}", nom=f"Espace de la rue {number}", adresse=f"{number} rue Haute") for number in range(600)
]
FILE = places_to_csv(MANY).encode()
SHEET = ROOT / "services" / "notifications" / "texts" / "templates" / "letter.typ"
TOLD = {
    "letters": [
        {
            "address": ["a"],
            "today": "b",
            "subject": str(n),
            "greeting": "c",
            "paragraphs": ["d"] * 9,
            "call": "",
            "centre": "",
        }
        for n in range(200)
    ]
}


class Beat:
    """Counts how often the loop has turned."""

    def __init__(self) -> None:
        self.turns = 0
        self.task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.turns += 1

    async def during(self, work: Awaitable[Any]) -> int:
        await asyncio.sleep(0)
        before = self.turns
        await work
        turned = self.turns - before
        self.task.cancel()
        return turned


async def at_once(work: Callable[[], object]) -> None:
    """As it was: on the loop."""
    work()


async def test_core_06_the_loop_turns_while_a_pdf_is_made() -> None:
    assert await Beat().during(printed.pdf(SHEET, TOLD)) > 0


async def test_core_06_made_on_the_loop_nothing_else_goes_on() -> None:
    """Control."""
    assert await Beat().during(at_once(lambda: printed.pdf_now(SHEET, TOLD))) == 0


async def test_core_06_the_loop_turns_while_a_file_is_read() -> None:
    assert await Beat().during(usecases.read_file(FILE, Clock().now())) > 0
    assert await Beat().during(at_once(lambda: read_places(FILE))) == 0


@pytest.mark.parametrize("trial", [True, False])
async def test_core_06_the_loop_turns_after_every_few_places_of_a_file(migrated: Created, *, trial: bool) -> None:
    site = await seeded("catalogue", await migrated("catalogue"))
    database, reading, beat = site.runtime.database, read_places(FILE), Beat()
    for _ in range(2):
        seen: list[int] = []
        note = partial(noted, seen, beat)
        await database.transact(partial(usecases.import_places, file=reading, trial=trial, progress=note))
        longest = max(len([*together]) for _, together in groupby(seen))
        assert longest <= usecases.AT_ONCE < len(seen)
    beat.task.cancel()
    await database.close()


async def test_core_06_without_its_turns_a_file_holds_everything(
    migrated: Created, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control."""
    monkeypatch.setattr("services.catalogue.usecases.imports.AT_ONCE", 10**6)
    site = await seeded("catalogue", await migrated("catalogue"))
    reading, beat, seen = read_places(FILE), Beat(), list[int]()
    note = partial(noted, seen, beat)
    await site.runtime.database.transact(partial(usecases.import_places, file=reading, trial=False, progress=note))
    beat.task.cancel()
    await site.runtime.database.close()
    assert len({*seen}) == 1


def noted(seen: list[int], beat: Beat, *_: int) -> None:
    seen.append(beat.turns)


async def alive_meanwhile(client: httpx.AsyncClient, work: Awaitable[httpx.Response]) -> int:
    """How many times it was told while the work went on."""
    working, told = asyncio.ensure_future(work), 0
    while not working.done():
        await asyncio.sleep(0)
        told += (await client.get("/livez")).status_code == 200
    assert working.result().status_code == 200, working.result().text
    return told


@pytest.mark.parametrize("path", ["/chequiers/{book_id}.pdf", "/habitants/{beneficiary_id}/copie.pdf"])
async def test_core_06_it_is_told_alive_while_prescription_prints(migrated: Created, path: str) -> None:
    site = await seeded("prescription", await migrated("prescription"))
    known = await known_ids(site.runtime.database)
    there = path.format(**{name: ids[0] for name, ids in known.items() if ids})
    await copied(site, app := site.application(), str(known["beneficiary_id"][0]))
    async with asking(app, PRESCRIBER) as client:
        assert await alive_meanwhile(client, client.get(there)) > 0
    await site.runtime.database.close()


async def test_core_06_it_is_told_alive_while_booking_prints(migrated: Created) -> None:
    site = await seeded("booking", await migrated("booking"))
    session = (await known_ids(site.runtime.database))["session_id"][0]
    async with asking(site.application(), MEDIATOR) as client:
        assert await alive_meanwhile(client, client.get(f"/emargement/{session}/feuille.pdf")) > 0
    await site.runtime.database.close()


async def test_core_06_it_is_told_alive_while_a_file_of_places_is_taken_in(migrated: Created) -> None:
    site = await seeded("catalogue", await migrated("catalogue"))
    async with asking(site.application(), ADMINISTRATOR) as client:
        assert await alive_meanwhile(client, client.post("/api/catalogue/places", content=FILE)) > 0
    await site.runtime.database.close()
