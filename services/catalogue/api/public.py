"""For anybody: trainings, spaces and sessions, page by page, or what changed since a moment."""

from collections.abc import Sequence
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field, model_validator
from starlette.responses import Response

from chassis.bounds import LONGEST_QUESTION
from chassis.clock import PARIS
from chassis.turns import in_turns
from chassis.web import PUBLIC, Counted, Page, Read, anybody
from services.catalogue import queries
from services.catalogue.api.answer import MOST, UNCHANGED, After, LastTime, Limit, PageNumber, Since, listed
from services.catalogue.api.views import SessionView, SpaceView, TrainingView
from services.catalogue.model import Session, Space, Training
from services.catalogue.queries import Filters, TrainingSearch

View = TrainingView | SpaceView | SessionView

router = APIRouter(dependencies=[Depends(anybody), Depends(Counted(PUBLIC))], responses=UNCHANGED)


class TrainingsAsked(TrainingSearch):
    """The filters of the search page."""

    limit: int = Field(200, ge=1, le=MOST)
    since: Since = None
    after: After = None


class SpacesAsked(Filters):
    q: Annotated[str, Field(max_length=LONGEST_QUESTION)] = ""
    page: PageNumber = 1
    limit: Limit = 200
    since: Since = None
    after: After = None


class SessionsAsked(Filters):
    start: LastTime = None
    end: LastTime = None
    limit: Limit = 200
    since: Since = None
    after: After = None

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.start and self.end and self.start > self.end:
            raise ValueError("start est après end : recopiez l'adresse de l'en-tête Link")
        return self

    @property
    def last(self) -> queries.LastRead | None:
        return queries.LastRead(self.start, self.end, self.after) if self.start and self.end and self.after else None


@router.get("/trainings", response_model=list[TrainingView])
async def trainings(request: Request, page: Page, reading: Read, asked: Annotated[TrainingsAsked, Query()]) -> Response:
    """List what is published: the best answers to `q` first, without it by code."""
    if asked.since:
        trainings = await queries.changed_since(reading, Training, asked.since, after=asked.after, limit=asked.limit)
    else:
        trainings = (await queries.search_trainings(reading, asked, page.now)).trainings
    views = [TrainingView.of(training) async for training in in_turns(trainings)]
    return listed(request, views, asked.limit, _further(views, asked))


@router.get("/spaces", response_model=list[SpaceView])
async def spaces(request: Request, page: Page, reading: Read, asked: Annotated[SpacesAsked, Query()]) -> Response:
    """List the open ones by name; `q` is words of the name or the commune."""
    today = page.now.astimezone(PARIS).date()
    if asked.since:
        spaces = await queries.changed_since(reading, Space, asked.since, after=asked.after, limit=asked.limit)
    else:
        first = (asked.page - 1) * asked.limit
        on_page = (await queries.named_spaces(reading, asked.q))[first : first + asked.limit]
        spaces = await queries.spaces_by_id(reading, [space.id for space in on_page])
    views = [SpaceView.of(space, today) async for space in in_turns(spaces)]
    return listed(request, views, asked.limit, _further(views, asked))


@router.get("/sessions", response_model=list[SessionView])
async def sessions(request: Request, page: Page, reading: Read, asked: Annotated[SessionsAsked, Query()]) -> Response:
    """List those to come, the soonest first."""
    if asked.since:
        sessions = await queries.changed_since(reading, Session, asked.since, after=asked.after, limit=asked.limit)
    else:
        sessions = await queries.upcoming_sessions_after(reading, page.now, last=asked.last, limit=asked.limit)
    views = [SessionView.of(session) async for session in in_turns(sessions)]
    return listed(request, views, asked.limit, _further(views, asked))


def _further(views: Sequence[View], asked: TrainingsAsked | SpacesAsked | SessionsAsked) -> dict[str, object]:
    """What asks for the next part: after the last one read, or the next page of an order that holds still."""
    last = views[-1] if views else None
    if last and asked.since:
        return {"since": last.changed_at.isoformat(), "after": last.id}
    if isinstance(last, SessionView):
        return {"start": last.starts_at.isoformat(), "end": last.ends_at.isoformat(), "after": last.id}
    return {} if isinstance(asked, SessionsAsked) else {"page": asked.page + 1}
