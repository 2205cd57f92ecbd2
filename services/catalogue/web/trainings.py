"""The public catalogue: a search, a training with its next sessions, and the same on paper for the counter."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from chassis.web import Page, Read, shared
from chassis.web.principal import principal_of
from county.communes import Commune, by_insee, called, communes_called
from county.menu import HOMES
from services.catalogue import queries, texts, wording
from services.catalogue.queries import TrainingSearch
from services.catalogue.settings import address_of

router = APIRouter()

PUBLISHED = "publié pour tous"
ON_PAPER = 20  # pages of the search: more than any printer wants


@router.get("/")
async def front(page: Page, reading: Read, search: Annotated[TrainingSearch, Query()]) -> Response:
    """Show the public catalogue to a visitor; lead who is signed in to the home of their role."""
    who = principal_of(page.request)
    homes = [path for role, path in HOMES.items() if who and role in who.roles]
    return page.redirect(homes[0]) if homes else await trainings(page, reading, search)


@router.get("/formations")
async def trainings(page: Page, reading: Read, search: Annotated[TrainingSearch, Query()]) -> Response:
    commune = commune_of(search.commune)
    results = await queries.search_trainings(reading, _there(search, commune), page.now)
    spaces = {session.space for sessions in results.sessions.values() for session in sessions}
    return page.show(
        "trainings.html",
        search=search,
        commune=commune,
        results=results,
        drawn=texts.drawn_map(spaces),
        here=address_of(page),
        further=f"/formations?{asked(search, '')}",
        on_paper=f"/a-imprimer?{asked(search, 1)}",
        everywhere=f"/formations?{asked(search.model_copy(update={'commune': '', 'seats': False}), 1)}",
        words=wording,
    )


@router.get("/a-imprimer")
async def on_paper(page: Page, reading: Read, search: Annotated[TrainingSearch, Query()]) -> Response:
    """Show all pages of a search as one, for the counter."""
    search = _there(search, commune_of(search.commune))
    pages = [await queries.search_trainings(reading, search, page.now)]
    for number in range(2, min(pages[0].pages, ON_PAPER) + 1):
        further = search.model_copy(update={"page": number})
        pages += [await queries.search_trainings(reading, further, page.now)]
    centres = await queries.open_centres(reading)
    return await page.show_long(
        "on_paper.html", pages=pages, search=search, centres=centres, now=page.now, words=wording
    )


@router.get("/formations/{code}", dependencies=[shared(PUBLISHED)])
async def training(page: Page, reading: Read, code: str) -> Response:
    training = await queries.training_by_code(reading, code)
    sessions = await queries.upcoming_sessions(reading, page.now, training=training)
    address = address_of(page)
    json_ld = texts.course(training, sessions, address)
    return page.show(
        "training.html", training=training, sessions=sessions, words=wording, json_ld=json_ld, address=address
    )


@router.get("/formations/{code}/versions/{number}", dependencies=[shared(PUBLISHED)])
async def version(page: Page, reading: Read, code: str, number: Annotated[int, Path(ge=1, le=10_000)]) -> Response:
    """Show it as it was when a session was sold: nobody has to remember."""
    training = await queries.training_by_code(reading, code)
    version = await queries.version(reading, training, number)
    return page.show("version.html", training=training, version=version, words=wording)


def asked(search: TrainingSearch, number: int | str) -> str:
    """Write the search as parameters; they end with the number of the page."""
    return urlencode(search.model_dump(exclude_defaults=True, exclude={"page"}) | {"page": number})


def commune_of(typed: str) -> Commune | None:
    """Find a commune by INSEE code, postal code or name; of several the one of exactly that name, else the largest."""
    communes = [commune for commune in (by_insee(typed),) if commune] or called(typed) or communes_called(typed)
    return max(communes, key=lambda commune: commune.population, default=None)


def _there(search: TrainingSearch, commune: Commune | None) -> TrainingSearch:
    return search.model_copy(update={"commune": commune.insee if commune else ""})
