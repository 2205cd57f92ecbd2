"""The administrator's agents: who may sign in, as what, and since when they did."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from chassis.db import Reading, Transaction
from chassis.refusal import Refusal
from chassis.web import FormCommand, Page, Read, traced
from chassis.web.page import Pages
from contracts.accounts import AccountState
from contracts.ids import AccountId, CentreId
from contracts.words import Role
from services.prescription import acts, queries, usecases, wording
from services.prescription.access import Administrator
from services.prescription.model import Account, AccountForm, EmailTaken, LastAdministrator, NoRole
from services.prescription.queries import Wanted
from services.prescription.queries.accounts import A_PAGE
from services.prescription.web.forms import Form, Typed, labelled_router

router = labelled_router()

SHOWN_AGAIN = (EmailTaken, NoRole, LastAdministrator)
UNREADABLE = 422
Nothing = Literal[""]


class Asked(BaseModel):
    """Which accounts, as the page's form asks."""

    fonction: Role | Nothing = ""
    etat: AccountState | Nothing = ""
    centre: CentreId | Nothing = ""
    jamais: bool = False
    suite: Annotated[int, Field(ge=1, le=10_000)] = 1

    def wanted(self) -> Wanted:
        return Wanted(self.fonction or None, self.etat or None, self.centre or None, self.jamais)

    def others(self) -> dict[str, object]:
        """Gives the same question, for another page of the list."""
        return self.model_dump(exclude={"suite"}, exclude_defaults=True)


@router.get("/comptes")
async def accounts(page: Page, reading: Read, _: Administrator, asked: Annotated[Asked, Query()]) -> Response:
    which = asked.wanted()
    found, count = await queries.accounts(reading, which, asked.suite)
    centres = {centre.id: centre.name for centre in await queries.centres(reading)}
    return await page.show_long(
        "accounts.html",
        accounts=found,
        count=count,
        which=which,
        centres=centres,
        words=wording,
        number=asked.suite,
        pages=-(-count // A_PAGE),
        query=asked.others(),
    )


@router.get("/comptes/nouveau")
async def new_account(page: Page, reading: Read, _: Administrator) -> Response:
    return await shown(page, reading, Typed({"roles": ["prescriber"]}))


@router.post("/comptes", dependencies=[traced(acts.ACCOUNT_INVITED)])
async def invite(page: Page, command: FormCommand, typed: Form, _: Administrator) -> Response:
    form = typed.read(AccountForm)
    if isinstance(form, Typed):
        return await shown_again(page, form)
    try:
        return await command.run(lambda tx: usecases.invite(tx, form), goto=address, flash=sent)
    except SHOWN_AGAIN as refusal:
        return await shown_again(page, typed, refusal)


@router.get("/comptes/{account_id}")
async def account(page: Page, reading: Read, _: Administrator, account_id: AccountId) -> Response:
    known = await queries.account(reading, account_id)
    return await shown(page, reading, written(known), known)


@router.post("/comptes/{account_id}", dependencies=[traced(acts.ACCOUNT_CHANGED)])
async def change_account(
    page: Page, command: FormCommand, typed: Form, _: Administrator, account_id: AccountId
) -> Response:
    form = typed.read(AccountForm)
    if isinstance(form, Typed):
        return await shown_again(page, form, account_id=account_id)
    try:
        return await command.run(
            lambda tx: usecases.change_account(tx, account_id, form),
            goto=address,
            flash=lambda _: "Le compte est à jour.",
        )
    except SHOWN_AGAIN as refusal:
        return await shown_again(page, typed, refusal, account_id)


@router.post("/comptes/{account_id}/suspendre", dependencies=[traced(acts.ACCOUNT_SUSPENDED)])
async def suspend(command: FormCommand, _: Administrator, account_id: AccountId) -> Response:
    return await done(
        command, account_id, usecases.suspend_account, "Le compte est suspendu, partout et tout de suite."
    )


@router.post("/comptes/{account_id}/remettre", dependencies=[traced(acts.ACCOUNT_RESUMED)])
async def resume(command: FormCommand, _: Administrator, account_id: AccountId) -> Response:
    return await done(command, account_id, usecases.resume_account, "Le compte est de nouveau en service.")


@router.post("/comptes/{account_id}/fermer", dependencies=[traced(acts.ACCOUNT_CLOSED)])
async def close(command: FormCommand, _: Administrator, account_id: AccountId) -> Response:
    return await done(command, account_id, usecases.close_account, "Le compte est fermé.")


@router.post("/comptes/{account_id}/inviter", dependencies=[traced(acts.INVITED_AGAIN)])
async def invite_again(command: FormCommand, _: Administrator, account_id: AccountId) -> Response:
    return await done(command, account_id, usecases.invite_again, "L'invitation part de nouveau.")


async def done(
    command: FormCommand,
    account_id: AccountId,
    change: Callable[[Transaction, AccountId], Awaitable[Account]],
    sentence: str,
) -> Response:
    return await command.run(lambda tx: change(tx, account_id), goto=address, flash=lambda _: sentence)


def address(account: Account) -> str:
    return f"/comptes/{account.id}"


def sent(_: Account) -> str:
    return "Le compte est ouvert. L'invitation part par e-mail."


def written(account: Account) -> Typed:
    """Fills the form as it would have been filled."""
    several: dict[str, list[str]] = {
        "roles": [*account.roles],
        "centre_ids": [str(centre) for centre in account.centre_ids],
    }
    return Typed({"name": [account.name], "email": [account.email or ""], **several})


async def shown(
    page: Pages,
    reading: Reading,
    typed: Typed,
    account: Account | None = None,
    refusal: Refusal | None = None,
) -> Response:
    status = refusal.status if refusal else UNREADABLE if typed.faults else 200
    chosen = typed.all_values("centre_ids")
    centres = [centre for centre in await queries.centres(reading) if centre.is_open or str(centre.id) in chosen]
    return page.show(
        "account.html",
        status,
        typed=typed,
        account=account,
        refusal=refusal,
        centres=[(str(centre.id), centre.name) for centre in centres],
        words=wording,
    )


async def shown_again(
    page: Pages, typed: Typed, refusal: Refusal | None = None, account_id: AccountId | None = None
) -> Response:
    async with page.reading() as reading:
        known = await queries.account(reading, account_id) if account_id else None
        return await shown(page, reading, typed, known, refusal)
