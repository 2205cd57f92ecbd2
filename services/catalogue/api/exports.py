"""In the words of the national standards: places v1.0.2 as CSV, data·inclusion v1 structures and services as JSON."""

import asyncio

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from chassis.clock import PARIS
from chassis.web import PUBLIC, Counted, Page, Read, anybody
from chassis.web.tagged import tagged
from services.catalogue import queries, texts
from services.catalogue.api.answer import JSON, UNCHANGED
from services.catalogue.settings import address_of
from services.catalogue.standards import places_to_csv

router = APIRouter(dependencies=[Depends(anybody), Depends(Counted(PUBLIC))], responses=UNCHANGED)


@router.get(
    "/places.csv", response_class=Response, responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
)
async def places(request: Request, page: Page, reading: Read) -> Response:
    """Export all places as version 1.0.2 of «lieux de médiation numérique», our label on those that have it today."""
    today = page.now.astimezone(PARIS).date()
    spaces = await queries.spaces(reading)
    written = await asyncio.to_thread(lambda: places_to_csv(space.published(today) for space in spaces))
    return tagged(request, written.encode(), "text/csv; charset=utf-8")


@router.get("/data-inclusion/structures.json")
async def structures(request: Request, page: Page, reading: Read) -> Response:
    """Export every listed space as a `structure` of data·inclusion v1."""
    spaces, address = await queries.spaces(reading), address_of(page)
    return tagged(request, await asyncio.to_thread(lambda: orjson.dumps(texts.structures_of(spaces, address))), JSON)


@router.get("/data-inclusion/services.json")
async def services(request: Request, page: Page, reading: Read) -> Response:
    """Export, as a `service` of data·inclusion v1, each training in each space where a session of it is to come."""
    offered = await queries.offered_trainings(reading, page.now)
    address = address_of(page)
    return tagged(request, await asyncio.to_thread(lambda: orjson.dumps(texts.services_of(offered, address))), JSON)
