"""How sending does: today's failures, the providers, and every template as people receive it."""

from datetime import datetime, time, timedelta

from fastapi import APIRouter
from starlette.responses import Response

from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.turns import in_turns
from chassis.web import FormCommand, Page, Read, Transact, own_listed, shared, traced
from services.notifications import acts, queries, wording
from services.notifications.access import Administrator, Asking, CurrentSettings, Professional
from services.notifications.texts import samples
from services.notifications.usecases.providers import allow_more, restore
from services.notifications.usecases.readings import record_reading
from services.notifications.web.messages import mine

router = APIRouter(include_in_schema=False)

INCOMPLETE_AFTER = timedelta(minutes=15)


@router.get("/echecs", dependencies=[own_listed(queries.failures_since), traced(acts.FAILURES_READ)])
async def failures(page: Page, transact: Transact, asking: Asking) -> Response:
    """Show those since this morning, Paris time; and what waits for something that does not come."""
    since = datetime.combine(page.now.astimezone(PARIS).date(), time(0), PARIS)

    async def shown(tx: Transaction) -> Response:
        failed = await queries.failures_since(tx, since, asking)
        await record_reading(tx, asking, "messages", mine(failed))
        counts = await queries.counted_since(tx, since)
        incomplete = await queries.incomplete_notices(tx, page.now - INCOMPLETE_AFTER)
        waiting = {"incomplete": incomplete, "without_budget": await queries.without_budget(tx)}
        return page.show("failures.html", failures=failed, counts=counts, waiting=waiting, words=wording)

    return await transact(shown)


@router.get("/fournisseurs", dependencies=[shared("des fournisseurs, de personne")])
async def providers(page: Page, reading: Read, _: Professional, settings: CurrentSettings) -> Response:
    accounts = {account.name: account for account in settings.sms}
    today = page.now.astimezone(PARIS).date()
    shown = [
        (provider, accounts[provider.name], provider.left(accounts[provider.name].per_day, today),
         await queries.health(reading, provider, page.now), await queries.last_troubles(reading, provider.name))
        for provider in await queries.providers(reading, [*accounts])
    ]  # fmt: skip
    return page.show("providers.html", providers=shown)


@router.post("/fournisseurs/{name}/retablir", dependencies=[traced(acts.PROVIDER_RESTORED)])
async def give_back(command: FormCommand, _: Administrator, name: str) -> Response:
    return await command.run(
        lambda tx: restore(tx, name),
        goto=lambda _: "/fournisseurs",
        flash=lambda _: f"{name} reprend sa part des messages.",
    )


@router.post("/fournisseurs/{name}/budget", dependencies=[traced(acts.BUDGET_RAISED)])
async def raise_budget(command: FormCommand, _: Administrator, settings: CurrentSettings, name: str) -> Response:
    more = next((account.per_day for account in settings.sms if account.name == name), 0)
    return await command.run(
        lambda tx: allow_more(tx, name, more),
        goto=lambda _: "/fournisseurs",
        flash=lambda _: f"{name} peut envoyer {more} SMS de plus aujourd'hui.",
    )


@router.get("/modeles", dependencies=[shared("des exemples")])
async def templates(page: Page, _: Professional, settings: CurrentSettings) -> Response:
    shown = [sample async for sample in in_turns(samples(), 1)]
    return page.show("templates.html", samples=shown, price=settings.sms_price, words=wording)
