"""Who signs in, and out; personas sign in without a password, on this machine only."""

from datetime import timedelta
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Form
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from chassis.refusal import NotFound
from chassis.web import Page, Principal, anybody, same_origin
from chassis.web.local import local_path
from chassis.web.page import Pages
from chassis.web.principal import cookie_name, sign_in_of, token_of
from chassis.web.throttle import SIGN_IN, asked
from chassis.web.tokens import Signer, Token, begun
from services.prescription import usecases
from services.prescription.access import CurrentSettings, provider_of
from services.prescription.settings import Settings
from services.prescription.web.short import SIGN_OUT, hint_name

router = APIRouter(dependencies=[Depends(anybody)], include_in_schema=False)


class Persona(BaseModel):
    """A person of the demonstration, plainly marked as such."""

    model_config = ConfigDict(frozen=True)

    principal: Principal
    sentence: str


def personas(settings: Settings) -> list[Persona]:
    """Return who may be played; nobody outside of a demonstration."""
    if not settings.local or not settings.personas_file:
        return []
    return [Persona.model_validate(persona) for persona in orjson.loads(settings.personas_file.read_bytes())]


@router.get("/connexion")
async def choose(page: Page, settings: CurrentSettings, retour: str = "/") -> Response:
    known = bool(settings.oidc.issuer)
    return page.show("sign_in.html", back=local_path(retour), personas=personas(settings), provider=known)


@router.post("/connexion")
async def sign_in(
    page: Page, settings: CurrentSettings, subject: Annotated[str, Form()], back: Annotated[str, Form()] = "/"
) -> Response:
    await asked(page.request, SIGN_IN, account=subject)
    chosen = [persona.principal for persona in personas(settings) if persona.principal.subject == subject]
    if not chosen:
        raise NotFound("Ce compte de démonstration n'existe pas.")
    response = page.redirect(local_path(back))
    set_cookie(response, page, settings, begun(chosen[0], page.now))
    return response


@router.get("/connexion/prolonger")
async def renew(page: Page, settings: CurrentSettings) -> Response:
    """Note that somebody is at work: a page of any service asks for it, as for a picture, now and then."""
    response = Response(status_code=204)
    if token := sign_in_of(page.request):
        set_cookie(response, page, settings, token.model_copy(update={"seen_at": page.now}))
        await page.frame.database.transact(lambda tx: usecases.note_seen(tx, token.principal.subject))
    return response


@router.post("/deconnexion")
@same_origin
async def sign_out(page: Page, settings: CurrentSettings) -> Response:
    """End the sign-in in all services: the others hear of it; and at the provider, where it began."""
    if token := token_of(page.request):
        await page.frame.database.transact(lambda tx: usecases.end_sign_in(tx, token.sign_in_id, token.ends_at))
        page.frame.tokens.revocations.ended |= {token.sign_in_id}
    page.request.state.token = None
    farewell = await farewell_of(page, settings)
    if farewell:  # a page between: browsers let no form end on another site
        response: Response = page.show("signed_out.html", farewell=farewell)
    else:
        response = page.redirect("/connexion", flash="Vous êtes déconnecté.")
    response.delete_cookie(cookie_name(local=page.frame.local), secure=not page.frame.local)
    response.delete_cookie(hint_name(page), path=SIGN_OUT, secure=not page.frame.local)
    return response


async def farewell_of(page: Pages, settings: Settings) -> str:
    """Return where to be signed out of the provider; nowhere for who did not come from it."""
    hint = page.request.cookies.get(hint_name(page), "")
    if not (hint and settings.oidc.issuer):
        return ""
    provider = await provider_of(page.request, settings)
    return await provider.farewell(hint, f"{settings.public_url.rstrip('/')}/connexion")


def set_cookie(response: Response, page: Pages, settings: Settings, token: Token) -> None:
    """Set the cookie that pages of all services read, until the sign-in ends."""
    signed = Signer(settings.session_private_key.get_secret_value()).sign(token, "pages")
    response.set_cookie(
        cookie_name(local=page.frame.local),
        signed,
        max_age=(token.ends_at - page.now) // timedelta(seconds=1),
        httponly=True,
        samesite="lax",
        secure=not page.frame.local,
    )
