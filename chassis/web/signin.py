"""Sign-in for the demonstration: a page of personas, on this machine only."""

import ipaddress
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from chassis.refusal import NotFound
from chassis.web.access import anybody
from chassis.web.page import Page
from chassis.web.principal import COOKIE, TWELVE_HOURS, Principal, cookie_for
from chassis.web.throttle import SIGN_IN, asked

router = APIRouter(dependencies=[Depends(anybody)], include_in_schema=False)


class DemonstrationIsLocal(RuntimeError):
    """Personas sign in without a password: never on an address that others can reach."""


class Persona(BaseModel):
    """A person of the demonstration, plainly marked as such."""

    model_config = ConfigDict(frozen=True)

    principal: Principal
    sentence: str


def refuse_public(*hosts: str) -> None:
    """Raises DemonstrationIsLocal."""
    for host in hosts:
        if not is_loopback(host):
            raise DemonstrationIsLocal(f"le mode démonstration refuse de démarrer sur «{host}»")


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def local_path(path: str) -> str:
    """Return only a path of this site."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


@router.get("/connexion")
async def choose(page: Page, retour: str = "/") -> Response:
    return page.show("sign_in.html", back=local_path(retour))


@router.post("/connexion")
async def sign_in(page: Page, subject: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> Response:
    await asked(page.request, SIGN_IN, account=subject)
    chosen = [persona.principal for persona in page.frame.personas if persona.principal.subject == subject]
    if not chosen:
        raise NotFound("Ce compte de démonstration n'existe pas.")
    response = page.redirect(local_path(back), flash=f"Bonjour {chosen[0].name}.")
    cookie = cookie_for(chosen[0], page.frame.secret)
    response.set_cookie(
        COOKIE, cookie, max_age=TWELVE_HOURS, httponly=True, samesite="lax", secure=not page.frame.local
    )
    return response


@router.post("/deconnexion")
async def sign_out(page: Page) -> Response:
    response = page.redirect("/connexion", flash="Vous êtes déconnecté.")
    response.delete_cookie(COOKIE)
    return response
