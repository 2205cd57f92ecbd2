"""How sending does: today's failures, the providers, and every template as people receive it."""

from datetime import datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from chassis.clock import PARIS
from chassis.web import FormCommand, Page, Principal, Read, allowed
from services.notifications import queries, wording
from services.notifications.settings import Settings
from services.notifications.texts import samples
from services.notifications.usecases import watching

router = APIRouter(include_in_schema=False)

INCOMPLETE_AFTER = timedelta(minutes=15)

Professional = Annotated[Principal, Depends(allowed("prescriber", "mediator", "administrator"))]
Administrator = Annotated[Principal, Depends(allowed("administrator"))]


async def told(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


Told = Annotated[Settings, Depends(told)]


@router.get("/echecs")
async def failures(page: Page, reading: Read, _: Professional) -> Response:
    """Since this morning, Paris time; and what waits for something that does not come."""
    since = datetime.combine(page.now.astimezone(PARIS).date(), time(0), PARIS)
    counts = await queries.counted_since(reading, since)
    failed = await queries.failures_since(reading, since)
    incomplete = await queries.incomplete_notices(reading, page.now - INCOMPLETE_AFTER)
    waiting = {"incomplete": incomplete, "without_budget": await queries.without_budget(reading)}
    return page.show("failures.html", failures=failed, counts=counts, waiting=waiting, words=wording)


@router.get("/fournisseurs")
async def providers(page: Page, reading: Read, _: Professional, settings: Told) -> Response:
    accounts = {account.name: account for account in settings.sms}
    today = page.now.astimezone(PARIS).date()
    shown = [
        (one, accounts[one.name], one.left(accounts[one.name].per_day, today),
         await queries.health(reading, one, page.now), await queries.last_troubles(reading, one.name))
        for one in await queries.providers(reading, [*accounts])
    ]  # fmt: skip
    return page.show("providers.html", providers=shown)


@router.post("/fournisseurs/{name}/retablir")
async def restore(command: FormCommand, _: Administrator, name: str) -> Response:
    return await command.once(
        lambda tx: watching.restore(tx, name),
        goto=lambda _: "/fournisseurs",
        said=lambda _: f"{name} reprend sa part des messages.",
    )


@router.post("/fournisseurs/{name}/budget")
async def allow_more(command: FormCommand, _: Administrator, settings: Told, name: str) -> Response:
    more = next((account.per_day for account in settings.sms if account.name == name), 0)
    return await command.once(
        lambda tx: watching.allow_more(tx, name, more),
        goto=lambda _: "/fournisseurs",
        said=lambda _: f"{name} peut envoyer {more} SMS de plus aujourd'hui.",
    )


@router.get("/modeles")
async def templates(page: Page, _: Professional, settings: Told) -> Response:
    return page.show("templates.html", samples=[*samples()], price=settings.sms_price, words=wording)
