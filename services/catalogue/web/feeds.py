"""Calendars that programs subscribe to: whoever has the signed address reads it, nobody can guess another."""

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.dialects.postgresql import Range
from starlette.responses import Response

from chassis.refusal import NotFound
from chassis.web import Page, Read, own_keyed
from chassis.web.tagged import tagged
from contracts.ids import MediatorId, SpaceId
from county.links import as_typed
from services.catalogue import queries, texts
from services.catalogue.model import feed_code
from services.catalogue.settings import address_of

router = APIRouter()

BEFORE, AFTER = timedelta(days=60), timedelta(days=400)


class NoSuchCalendar(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette adresse d'agenda n'est pas la bonne. Copiez-la à nouveau depuis la page du planning.")


async def check(page: Page, reading: Read, about: UUID, code: str) -> None:
    """Check the signature in the address. Raises NoSuchCalendar."""
    right = feed_code(page.frame.secret, about, await queries.renewals(reading, about))
    if not hmac.compare_digest(as_typed(code), right):
        raise NoSuchCalendar


@router.get("/agenda/espaces/{space_id}/{code}.ics", dependencies=[own_keyed(check)])
async def of_space(page: Page, reading: Read, space_id: SpaceId, code: str) -> Response:
    await check(page, reading, space_id, code)
    space = await queries.space(reading, space_id)
    sessions = await queries.sessions_during(reading, _around(page), space_id=space_id)
    return _calendar(page, texts.calendar_of(f"Pass numérique : {space.name}", sessions, address_of(page)))


@router.get("/agenda/mediateurs/{mediator_id}/{code}.ics", dependencies=[own_keyed(check)])
async def of_mediator(page: Page, reading: Read, mediator_id: MediatorId, code: str) -> Response:
    """Show it while they are in post."""
    await check(page, reading, mediator_id, code)
    mediator = await queries.mediator(reading, mediator_id)
    if not mediator.in_post:
        raise NoSuchCalendar
    sessions = await queries.sessions_during(reading, _around(page), mediator_id=mediator_id)
    return _calendar(page, texts.calendar_of("Pass numérique : mes séances", sessions, address_of(page)))


def _around(page: Page) -> Range[datetime]:
    return Range(page.now - BEFORE, page.now + AFTER)


def _calendar(page: Page, written: bytes) -> Response:
    return tagged(page.request, written, "text/calendar; charset=utf-8", cache="private")
