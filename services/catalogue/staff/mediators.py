"""Mediators in post: their name and phone, their spaces, what they teach."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from chassis.french import counted
from chassis.web import Page, Read, Transact, traced
from contracts.ids import MediatorId, SpaceId, uuid7
from services.catalogue import acts, queries, usecases, wording
from services.catalogue.access import Administrator
from services.catalogue.model import Mediator, MediatorForm

router = APIRouter()


@router.get("/mediateurs")
async def mediators(page: Page, reading: Read, _: Administrator) -> Response:
    mediators = await queries.all_mediators(reading)
    names = await queries.names_of_spaces(reading)
    return await page.show_long("mediators.html", mediators=mediators, names=names, words=wording)


@router.get("/mediateurs/nouveau")
async def new(page: Page, reading: Read, _: Administrator) -> Response:
    spaces = _named(await queries.named_spaces(reading))
    return await page.show_long("mediator.html", mediator=None, id=uuid7(), spaces=spaces, words=wording)


@router.get("/mediateurs/{mediator_id}")
async def mediator(page: Page, reading: Read, _: Administrator, mediator_id: MediatorId) -> Response:
    mediator = await queries.mediator(reading, mediator_id)
    spaces = _named(await queries.named_spaces(reading))
    return await page.show_long("mediator.html", mediator=mediator, id=mediator.id, spaces=spaces, words=wording)


@router.post("/mediateurs/{mediator_id}", dependencies=[traced(acts.MEDIATOR_WRITTEN)])
async def save(
    page: Page, transact: Transact, mediator_id: MediatorId, form: Annotated[MediatorForm, Form()], _: Administrator
) -> Response:
    mediator = await transact(lambda tx: usecases.upsert_mediator(tx, mediator_id, form))
    return page.redirect(
        "/mediateurs", flash=f"{mediator.name} : c'est enregistré. {await _left_behind(page, mediator)}".strip()
    )


async def _left_behind(page: Page, mediator: Mediator) -> str:
    """Sessions after the last day in post stay until a person moves or cancels them: the next page says so."""
    if mediator.left_on is None:
        return ""
    async with page.reading() as reading:
        left = await queries.sessions_left_behind(reading, page.now, mediator_id=mediator.id)
    to_move = counted(len(left), "de ses séances est à reprendre", "de ses séances sont à reprendre")
    return f"Attention : {to_move}, voyez la page Séances." if left else ""


def _named(spaces: Sequence[queries.SpaceSummary]) -> list[tuple[SpaceId, str]]:
    return [(space.id, f"{space.name}, {space.commune}") for space in spaces]
