"""Spaces for the public: the nearest first, one with its hours and next sessions; and where a book is asked for."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from chassis.bounds import Question
from chassis.clock import PARIS
from chassis.communes import name_of
from chassis.turns import PageNumber, Part
from chassis.web import Page, Read, shared
from contracts.ids import SpaceId
from services.catalogue import queries, texts, wording
from services.catalogue.settings import address_of
from services.catalogue.standards import in_french
from services.catalogue.web.trainings import PUBLISHED, commune_of

router = APIRouter()

Number = Annotated[PageNumber, Query(alias="page")]


@router.get("/espaces")
async def spaces(page: Page, reading: Read, q: Question = "", commune: str = "", number: Number = 1) -> Response:
    here = commune_of(commune)
    part = Part.of(await queries.named_spaces(reading, q, here), number)
    found = await queries.spaces_by_id(reading, [one.id for one in part.rows])
    return page.show(
        "spaces.html",
        spaces=found,
        part=part,
        away={one.id: one.km for one in part.rows if one.km is not None},
        further="/espaces?" + urlencode({"q": q, "commune": commune, "page": ""}),
        here=here,
        address=address_of(page),
        commune=commune,
        q=q,
        today=page.now.astimezone(PARIS).date(),
        drawn=texts.drawn_map(found),
    )


@router.get("/espaces/{space_id}", dependencies=[shared(PUBLISHED)])
async def space(page: Page, reading: Read, space_id: SpaceId) -> Response:
    found = await queries.space(reading, space_id)
    place = found.standard
    return page.show(
        "space.html",
        space=found,
        place=place,
        hours=in_french(place.horaires or ""),
        sessions=await queries.next_in_space(reading, space_id, page.now),
        today=page.now.astimezone(PARIS).date(),
        told={"@context": "https://schema.org", **texts.place(found)},
        drawn=texts.drawn_map([found]),
        address=address_of(page),
        words=wording,
    )


@router.get("/centres")
async def centres(page: Page, reading: Read) -> Response:
    return page.show("centres.html", centres=await queries.open_centres(reading), name_of=name_of)
