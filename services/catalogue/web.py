"""What everybody sees: trainings, spaces, where to ask for a book."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.communes import name_of
from chassis.web import Page, Read, anybody
from services.catalogue import queries, wording

router = APIRouter(dependencies=[Depends(anybody)], include_in_schema=False)


@router.get("/")
async def trainings(page: Page, reading: Read, q: str = "") -> Response:
    return page.show("trainings.html", trainings=await queries.trainings(reading, q), q=q, words=wording)


@router.get("/formations/{code}")
async def training(page: Page, reading: Read, code: str) -> Response:
    found = await queries.training_by_code(reading, code)
    sessions = await queries.upcoming_sessions(reading, page.now, training=found)
    return page.show("training.html", training=found, sessions=sessions, words=wording)


@router.get("/espaces")
async def spaces(page: Page, reading: Read, q: str = "") -> Response:
    return page.show("spaces.html", spaces=await queries.spaces(reading, q), q=q, today=page.now.date())


@router.get("/centres")
async def centres(page: Page, reading: Read) -> Response:
    return page.show("centres.html", centres=await queries.open_centres(reading), name_of=name_of)
