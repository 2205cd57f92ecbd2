"""One field finds the person; and those who have waited too long for their first hour."""

from fastapi import APIRouter
from starlette.responses import Response

from chassis.communes import name_of
from chassis.web import Page, Read
from services.prescription import queries
from services.prescription.access import Asking, Told

router = APIRouter()


@router.get("/")
async def desk(page: Page, reading: Read, asking: Asking, q: str = "") -> Response:
    found = await queries.people_found(reading, q) if q.strip() else queries.Found()
    return page.show("desk.html", q=q, found=found, name_of=name_of, asking=asking)


@router.get("/a-relancer")
async def unbooked(page: Page, reading: Read, asking: Asking, told: Told) -> Response:
    """Of the agent's centre; of all centres for an administrator."""
    waiting = await queries.unbooked(reading, asking.centre_id, page.now - told.unbooked_after)
    days = [(person, book, (page.now - book.prescribed_at).days) for person, book in waiting]
    return page.show("unbooked.html", waiting=days, name_of=name_of, after=told.unbooked_after.days)
