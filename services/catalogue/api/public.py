"""For anybody: trainings, spaces and sessions, page by page, or what changed since a moment."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from chassis.clock import PARIS
from chassis.web import Page, Read, anybody
from services.catalogue import queries
from services.catalogue.api.answer import MOST, After, Limit, PageNumber, Since, listed
from services.catalogue.api.views import SessionView, SpaceView, TrainingView
from services.catalogue.model import Session, Space, Training
from services.catalogue.queries import Wish

router = APIRouter(dependencies=[Depends(anybody)])


class TrainingsAsked(Wish):
    """The filters of the search page."""

    limit: int = Field(200, ge=1, le=MOST)
    since: Since = None
    after: After = None


class Asked(BaseModel):
    page: PageNumber = 1
    limit: Limit = 200
    since: Since = None
    after: After = None


class SpacesAsked(Asked):
    q: str = ""


@router.get("/trainings", response_model=list[TrainingView])
async def trainings(request: Request, page: Page, reading: Read, asked: Annotated[TrainingsAsked, Query()]) -> Response:
    """Published ones: the best answers to `q` first, without it by code."""
    if asked.since:
        found = await queries.changed(reading, Training, asked.since, after=asked.after, limit=asked.limit)
    else:
        found = (await queries.found_trainings(reading, asked, page.now)).trainings
    return listed(request, [TrainingView.of(one) for one in found], asked.limit)


@router.get("/spaces", response_model=list[SpaceView])
async def spaces(request: Request, page: Page, reading: Read, asked: Annotated[SpacesAsked, Query()]) -> Response:
    """Listed ones, by name; `q` is words of the name or the commune."""
    today = page.now.astimezone(PARIS).date()
    if asked.since:
        found = await queries.changed(reading, Space, asked.since, after=asked.after, limit=asked.limit)
    else:
        first = (asked.page - 1) * asked.limit
        found = (await queries.spaces(reading, asked.q))[first : first + asked.limit]
    return listed(request, [SpaceView.of(one, today) for one in found], asked.limit)


@router.get("/sessions", response_model=list[SessionView])
async def sessions(request: Request, page: Page, reading: Read, asked: Annotated[Asked, Query()]) -> Response:
    """To come, the soonest first."""
    if asked.since:
        found = await queries.changed(reading, Session, asked.since, after=asked.after, limit=asked.limit)
    else:
        found = await queries.coming_sessions(reading, page.now, page=asked.page, limit=asked.limit)
    return listed(request, [SessionView.of(one) for one in found], asked.limit)
