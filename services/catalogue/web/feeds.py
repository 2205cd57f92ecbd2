"""Calendars that programs subscribe to: whoever has the signed address reads it, nobody can guess another."""

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.dialects.postgresql import Range
from starlette.responses import Response

from chassis.links import as_typed, code_for
from chassis.refusal import NotFound
from chassis.web import Page, Read
from contracts.ids import MediatorId, SpaceId
from services.catalogue import queries, texts
from services.catalogue.settings import address_of

router = APIRouter()

BEFORE, AFTER = timedelta(days=60), timedelta(days=400)


class NoSuchCalendar(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette adresse d'agenda n'est pas la bonne. Copiez-la à nouveau depuis la page du planning.")


@router.get("/agenda/espaces/{space_id}/{code}.ics")
async def of_space(page: Page, reading: Read, space_id: SpaceId, code: str) -> Response:
    check(page, space_id, code)
    found = await queries.space(reading, space_id)
    sessions = await queries.sessions_of_week(reading, _around(page), space_id=space_id)
    return _calendar(texts.calendar_of(f"Pass numérique : {found.name}", sessions, address_of(page)))


@router.get("/agenda/mediateurs/{mediator_id}/{code}.ics")
async def of_mediator(page: Page, reading: Read, mediator_id: MediatorId, code: str) -> Response:
    check(page, mediator_id, code)
    found = await queries.mediator(reading, mediator_id)
    sessions = await queries.sessions_of_week(reading, _around(page), mediator_id=mediator_id)
    return _calendar(texts.calendar_of(f"Pass numérique : {found.name}", sessions, address_of(page)))


def check(page: Page, about: UUID, code: str) -> None:
    """Raises NoSuchCalendar."""
    if not hmac.compare_digest(as_typed(code), code_for(page.frame.secret, about)):
        raise NoSuchCalendar


def _around(page: Page) -> Range[datetime]:
    return Range(page.now - BEFORE, page.now + AFTER)


def _calendar(written: bytes) -> Response:
    return Response(written, media_type="text/calendar; charset=utf-8")
