"""Spaces for the public: the nearest first, one with its hours and next sessions; and where a book is asked for."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from chassis.bounds import Question
from chassis.clock import PARIS
from chassis.turns import PageNumber, Part
from chassis.web import Page, Read, shared
from contracts.ids import SpaceId
from county.communes import name_of
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
    spaces = await queries.spaces_by_id(reading, [space.id for space in part.rows])
    return page.show(
        "spaces.html",
        spaces=spaces,
        part=part,
        away={space.id: space.km for space in part.rows if space.km is not None},
        further="/espaces?" + urlencode({"q": q, "commune": commune, "page": ""}),
        here=here,
        address=address_of(page),
        commune=commune,
        q=q,
        today=page.now.astimezone(PARIS).date(),
        drawn=texts.drawn_map(spaces),
    )


@router.get("/espaces/{space_id}", dependencies=[shared(PUBLISHED)])
async def space(page: Page, reading: Read, space_id: SpaceId) -> Response:
    space = await queries.space(reading, space_id)
    place = space.standard
    return page.show(
        "space.html",
        space=space,
        place=place,
        hours=in_french(place.horaires or ""),
        sessions=await queries.next_in_space(reading, space_id, page.now),
        today=page.now.astimezone(PARIS).date(),
        json_ld={"@context": "https://schema.org", **texts.place(space)},
        drawn=texts.drawn_map([space]),
        address=address_of(page),
        words=wording,
    )


@router.get("/ou-demander")
async def centres(page: Page, reading: Read) -> Response:
    return page.show("centres.html", centres=await queries.open_centres(reading), name_of=name_of)
