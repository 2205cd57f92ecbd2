"""A space written by hand: added, put right, closed and opened again."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from chassis.web import FormCommand, Page, Read, traced
from contracts.ids import SpaceId
from services.catalogue import acts, queries, usecases
from services.catalogue.access import Administrator
from services.catalogue.desk.space_form import KINDS, SpaceForm

router = APIRouter()


@router.get("/gestion/espaces/nouveau")
async def new(page: Page, _: Administrator) -> Response:
    return page.show("space_form.html", space=None, place=None, kinds=KINDS.items())


@router.post("/gestion/espaces", dependencies=[traced(acts.SPACE_ADDED)])
async def add(command: FormCommand, form: Annotated[SpaceForm, Form()], _: Administrator) -> Response:
    return await command.run(
        lambda tx: usecases.add_space(tx, form.details()), goto=lambda space: f"/espaces/{space.id}"
    )


@router.get("/espaces/{space_id}/corriger")
async def form(page: Page, reading: Read, _: Administrator, space_id: SpaceId) -> Response:
    space = await queries.space(reading, space_id)
    place = space.standard
    rank = {kind: number for number, kind in enumerate(place.itinerance)}
    kinds = sorted(KINDS.items(), key=lambda kind: rank.get(kind[0], len(KINDS)))
    return page.show("space_form.html", space=space, place=place, kinds=kinds)


@router.post("/espaces/{space_id}/corriger", dependencies=[traced(acts.SPACE_CORRECTED)])
async def correct(
    command: FormCommand, space_id: SpaceId, form: Annotated[SpaceForm, Form()], _: Administrator
) -> Response:
    return await command.run(
        lambda tx: usecases.correct_space(tx, space_id, form.details()),
        goto=lambda _: f"/espaces/{space_id}",
        said=lambda _: "L'espace est corrigé.",
    )


@router.post("/espaces/{space_id}/fermer", dependencies=[traced(acts.SPACE_CLOSED)])
async def close(command: FormCommand, space_id: SpaceId, _: Administrator) -> Response:
    return await command.run(
        lambda tx: usecases.close_space(tx, space_id, closed=True),
        goto=lambda _: "/seances/a-reprendre",
        said=lambda _: "L'espace est fermé. Ses séances prévues restent, les voici : déplacez-les ou annulez-les.",
    )


@router.post("/espaces/{space_id}/rouvrir", dependencies=[traced(acts.SPACE_REOPENED)])
async def open_again(command: FormCommand, space_id: SpaceId, _: Administrator) -> Response:
    return await command.run(
        lambda tx: usecases.close_space(tx, space_id, closed=False),
        goto=lambda _: f"/espaces/{space_id}",
        said=lambda _: "L'espace est ouvert à nouveau.",
    )
