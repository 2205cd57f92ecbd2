"""Sign-in by the provider: there, back with a code, and the choice of who has several roles or centres."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from chassis.refusal import NotFound
from chassis.sign_ins import LONGEST
from chassis.web import Page, anybody
from chassis.web.local import local_path
from chassis.web.page import Pages
from chassis.web.principal import sign_in_of
from chassis.web.throttle import SIGN_IN, asked
from chassis.web.tokens import Token, begun
from contracts.ids import AccountId
from services.prescription import usecases, wording
from services.prescription.access import CurrentSettings, OfProvider
from services.prescription.provider import Attempt, SignInFailed
from services.prescription.settings import Settings
from services.prescription.usecases import Acting, NoAccount
from services.prescription.web.short import cookie_of, forget, read_short, set_hint, set_short
from services.prescription.web.sign_in import set_cookie

router = APIRouter(dependencies=[Depends(anybody)], include_in_schema=False)

ATTEMPT, CHOICE = "pass-attempt", "pass-choice"


class NotOffered(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce choix n'existe pas ou n'existe plus. Reconnectez-vous.")


class Choosing(BaseModel):
    """Who is to choose as what they work, and where they wanted to go."""

    model_config = ConfigDict(frozen=True)

    account_id: AccountId
    back: str


@router.get("/connexion/fournisseur")
async def leave(page: Page, provider: OfProvider, retour: str = "/") -> Response:
    """Send the browser to the provider, with what binds its answer to this browser."""
    await asked(page.request, SIGN_IN)
    attempt = Attempt.begun(local_path(retour))
    response = page.redirect(await provider.address(attempt))
    set_short(response, page, ATTEMPT, attempt)
    return response


@router.get("/connexion/retour")
async def come_back(page: Page, provider: OfProvider, settings: CurrentSettings) -> Response:
    """A new sign-in, whatever cookies came along. The attempt ends here, however it ends."""
    await asked(page.request, SIGN_IN)
    try:
        attempt = read_short(page, ATTEMPT, Attempt)
        who = await provider.identity(attempt, page.request.query_params)
        account = await page.frame.database.transact(
            lambda tx: usecases.recognise(tx, who.issuer, who.subject, who.email)
        )
        async with page.reading() as reading:
            functions = await usecases.functions_of(reading, account.id)
    except (NoAccount, SignInFailed) as refusal:
        response: Response = page.show("sign_in_refused.html", refusal.status, refusal=refusal, legal=settings.legal)
    else:
        response = entered(page, settings, functions, Choosing(account_id=account.id, back=attempt.back))
        set_hint(response, page, who.hint, LONGEST // timedelta(seconds=1))
    forget(response, page, ATTEMPT)
    return response


def entered(page: Pages, settings: Settings, functions: Sequence[Acting], choosing: Choosing) -> Response:
    """Let them in, or ask as what."""
    if len(functions) == 1:
        response = page.redirect(choosing.back)
        set_cookie(response, page, settings, begun(functions[0].principal, page.now))
        return response
    response = page.redirect("/connexion/fonction")
    set_short(response, page, CHOICE, choosing)
    return response


@router.get("/connexion/fonction")
async def choose_function(page: Page, settings: CurrentSettings, retour: str = "") -> Response:
    choosing, token = who_chooses(page, retour)
    try:
        async with page.reading() as reading:
            functions = await usecases.functions_of(reading, choosing.account_id)
    except NoAccount as refusal:
        return page.show("sign_in_refused.html", refusal.status, refusal=refusal, legal=settings.legal)
    mine = token.principal if token else None
    return page.show("functions.html", functions=functions, back=choosing.back, mine=mine, words=wording)


@router.post("/connexion/fonction")
async def take_function(
    page: Page, settings: CurrentSettings, function: Annotated[str, Form()], back: Annotated[str, Form()] = "/"
) -> Response:
    """Work as that from now on. A change ends when the sign-in would have ended."""
    choosing, token = who_chooses(page, back)
    async with page.reading() as reading:
        functions = {each.key: each for each in await usecases.functions_of(reading, choosing.account_id)}
    if function not in functions:
        raise NotOffered
    principal, now = functions[function].principal, page.now
    new = token.model_copy(update={"principal": principal, "issued_at": now, "seen_at": now}) if token else None
    response = page.redirect(choosing.back)
    set_cookie(response, page, settings, new or begun(principal, now))
    forget(response, page, CHOICE)
    return response


def who_chooses(page: Pages, back: str) -> tuple[Choosing, Token | None]:
    """Return who has just come from the provider; else who is signed in. Raises NotOffered."""
    token = sign_in_of(page.request)
    try:
        if cookie_of(page, CHOICE) in page.request.cookies:
            return read_short(page, CHOICE, Choosing), None
        account_id = AccountId(UUID(token.principal.subject if token else ""))
    except (SignInFailed, ValueError):
        raise NotOffered from None
    return Choosing(account_id=account_id, back=local_path(back)), token
