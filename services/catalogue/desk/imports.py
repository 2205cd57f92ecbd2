"""A file of places by page: tried first, taken in then."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.responses import Response

from chassis.web import Page, Transact, allowed
from services.catalogue import usecases, wording
from services.catalogue.access import Administrator

router = APIRouter()


@router.get("/import")
async def import_form(page: Page, _: Administrator) -> Response:
    return page.show("import.html", done=None, trial=True, whole="", words=wording)


@router.post("/import", dependencies=[Depends(allowed("administrator"))])
async def import_places(
    page: Page,
    transact: Transact,
    file: Annotated[UploadFile, File()],
    trial: Annotated[str, Form()] = "",
    whole: Annotated[str, Form()] = "",
) -> Response:
    """`whole`: the name of the list, when the file is all of it."""
    reading, tried, name = await usecases.read_file(await file.read()), bool(trial), whole.strip()
    done = await transact(lambda tx: usecases.import_places(tx, reading, trial=tried, list_name=name))
    return page.show("import.html", done=done, trial=tried, whole=name, words=wording)
