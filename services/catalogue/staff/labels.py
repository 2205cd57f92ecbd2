"""Labels: given, ended, and the work list of those that end."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel
from starlette.responses import Response

from chassis.bounds import Day
from chassis.clock import PARIS
from chassis.web import FormCommand, Page, Read, traced
from contracts.ids import SpaceId
from services.catalogue import acts, queries, usecases
from services.catalogue.access import Administrator
from services.catalogue.model import LabelForm
from services.catalogue.model.label import ONE_DAY

router = APIRouter()


@router.get("/labels")
async def labels(request: Request, page: Page, reading: Read, _: Administrator) -> Response:
    """Show what is to be renewed soon; then what has ended, and what its list no longer has."""
    today = page.now.astimezone(PARIS).date()
    soon = today + request.app.state.settings.label_warns
    spaces = [space for space in await queries.all_spaces(reading) if space.state == "listed"]
    ending = [space for space in spaces if space.labelled_until and today <= space.labelled_until <= soon]
    ended = [space for space in spaces if space.labelled_until and space.labelled_until < today]
    missing = [space for space in spaces if space.missing_since]
    shown = sorted(ending, key=lambda space: space.labelled_until or today)
    return page.show("labels.html", ending=shown, ended=ended, missing=missing, one_day=ONE_DAY)


class Ending(BaseModel):
    last_day: Day


@router.post("/espaces/{space_id}/finir-label", dependencies=[traced(acts.LABEL_ENDED)])
async def end(command: FormCommand, space_id: SpaceId, form: Annotated[Ending, Form()], _: Administrator) -> Response:
    return await command.run(
        lambda tx: usecases.end_label(tx, space_id, form.last_day),
        goto=lambda _: f"/espaces/{space_id}",
        flash=lambda space: f"Le label de {space.name} finit ce jour-là.",
    )


@router.post("/espaces/{space_id}/label", dependencies=[traced(acts.LABEL_GIVEN)])
async def label(
    command: FormCommand, space_id: SpaceId, form: Annotated[LabelForm, Form()], _: Administrator
) -> Response:
    return await command.run(
        lambda tx: usecases.label_space(tx, space_id, form),
        goto=lambda _: f"/espaces/{space_id}",
        flash=lambda space: f"{space.name} a son label.",
    )
