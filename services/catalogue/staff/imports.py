"""A file of places by page: tried first, taken in then; and whether two places are one."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.responses import Response

from chassis import spreadsheets, telemetry
from chassis.web import FormCommand, Page, Read, Transact, allowed, traced
from chassis.web.tagged import attachment
from services.catalogue import acts, queries, usecases, wording
from services.catalogue.access import Administrator
from services.catalogue.model.place_import import HowToImport, SameOrNot

router = APIRouter()
log = structlog.get_logger("imports")

ANSWERED_WITHIN = 5.0  # seconds; then the page says how far the import is
MOST_SHOWN = 200  # places on a page; the file to download has the others
ONGOING = set[asyncio.Task[None]]()
COLUMNS = ("Ligne", "Lieu", "Ce qui est fait", "Champ", "Valeur", "Remarque")


@router.get("/import")
async def import_form(page: Page, reading: Read, _: Administrator) -> Response:
    newest, submitted = await queries.newest_imports(reading), await queries.submitted_files(reading)
    return page.show("import.html", asked=HowToImport(trial=True), newest=newest, submitted=submitted)


def ticked(
    trial: Annotated[str, Form()] = "", whole: Annotated[str, Form()] = "", elsewhere: Annotated[str, Form()] = ""
) -> HowToImport:
    """Read boxes as a browser sends them."""
    return HowToImport(trial=bool(trial), whole=whole.strip(), elsewhere=bool(elsewhere))


@router.post("/import", dependencies=[Depends(allowed("administrator")), traced(acts.PLACES_IMPORTED)])
async def import_places(
    page: Page, transact: Transact, file: Annotated[UploadFile, File()], asked: Annotated[HowToImport, Depends(ticked)]
) -> Response:
    content, how = await file.read(), {"trial": asked.trial, "elsewhere": asked.elsewhere}
    places = await usecases.read_file(content, page.now, elsewhere=asked.elsewhere)
    file_id = await transact(lambda tx: usecases.submit_file(tx, content, list_name=asked.whole, **how))
    await begun(usecases.import_submitted(transact.database, file_id, places))
    async with page.reading() as read:
        return await shown(page, read, file_id, asked)


async def begun(work: Coroutine[None, None, None]) -> None:
    """Wait for it for a moment; it goes on when that is over, or when nobody waits any more.

    Where it fails, the page of the file says so: it was stored, and is tried again.
    """
    task = asyncio.create_task(work)
    ONGOING.add(task)
    task.add_done_callback(ONGOING.discard)
    await asyncio.wait({task}, timeout=ANSWERED_WITHIN)
    if task.done() and (error := task.exception()):
        log.error("file of places not imported", error=telemetry.described(error))


@router.get("/import/{place_import_id}")
async def imported(page: Page, reading: Read, place_import_id: UUID, _: Administrator) -> Response:
    return await shown(page, reading, place_import_id, HowToImport(trial=True))


async def shown(page: Page, reading: Read, place_import_id: UUID, asked: HowToImport) -> Response:
    if submitted := await queries.submitted_file(reading, place_import_id):
        return page.show("importing.html", submitted=submitted)
    place_import = await queries.place_import(reading, place_import_id)
    pairs = (await queries.answers(reading)).pairs
    return await page.show_long(
        "imported.html",
        asked=asked,
        place_import=place_import,
        done=place_import.result,
        answered=lambda pair: frozenset(pair) in pairs,
        most=MOST_SHOWN,
        words=wording,
    )


@router.get("/import/{place_import_id}/resultat.csv")
async def result(reading: Read, place_import_id: UUID, _: Administrator) -> Response:
    """Send the result for a French spreadsheet."""
    place_import = await queries.place_import(reading, place_import_id)
    return attachment(
        spreadsheets.for_people(COLUMNS, result_rows(place_import.result)), f"import-{place_import_id}.csv"
    )


def result_rows(result: Mapping[str, Any]) -> Iterator[Sequence[object]]:
    for line in result["lines"]:
        yield None, line["name"], wording.OUTCOMES[line["outcome"]][0], line["fields"], None, None
    for remark in result["remarks"]:
        severity = wording.SEVERITIES[remark["severity"]]
        yield remark["line"], None, severity, remark["field"], remark["value"], remark["sentence"]


@router.post("/import/doublons", dependencies=[Depends(allowed("administrator")), traced(acts.DOUBLE_ANSWERED)])
async def answer(command: FormCommand, form: Annotated[SameOrNot, Form()]) -> Response:
    sentence = "C'est noté : un seul lieu, l'autre est fermé." if form.same else "C'est noté : deux lieux différents."
    return await command.run(
        lambda tx: usecases.answer_double(tx, form.stays, form.other, same=form.same),
        goto=lambda _: "/import",
        flash=lambda _: sentence,
    )
