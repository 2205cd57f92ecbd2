"""Who answers for the site, what is stored of people, which cookies there are, who can use it, whom to warn."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse, Response

from chassis.french import counted
from chassis.sign_ins import LONGEST
from chassis.web import Page, anybody
from chassis.web.csrf import COOKIE as FORM
from chassis.web.page import FLASH
from chassis.web.principal import cookie_name
from county.law import accessibility
from county.settings import CountySettings, settings_of

router = APIRouter(dependencies=[Depends(anybody)], include_in_schema=False)

WARNED_UNTIL = timedelta(days=180)  # RFC 9116 recommends less than a year
YEAR, MONTH = 365, 30.4  # days


class Cookie(NamedTuple):
    name: str
    use: str
    lasts: str


def cookies_of(*, local: bool) -> tuple[Cookie, ...]:
    return (
        Cookie(
            FORM,
            "Il prouve qu'un formulaire vient bien de notre site. Il contient un nombre tiré au hasard.",
            "jusqu'à la fermeture du navigateur",
        ),
        Cookie(
            cookie_name(local=local),
            "Il reconnaît un professionnel qui s'est connecté. Les habitants n'en ont pas.",
            f"{LONGEST // timedelta(hours=1)} heures, ou jusqu'à la déconnexion",
        ),
        Cookie(FLASH, "Il affiche une fois le résultat d'une action, par exemple «C'est enregistré».", "une page"),
    )


@router.get("/mentions-legales")
async def notice(page: Page) -> Response:
    return page.show("law_notice.html", legal=settings_of(page).legal)


@router.get("/donnees")
async def personal_data(page: Page) -> Response:
    """Show what articles 13 and 14 of the GDPR ask for."""
    settings = settings_of(page)
    return page.show("law_data.html", legal=settings.legal, lasts=in_words(settings))


@router.get("/cookies")
async def cookies(page: Page) -> Response:
    return page.show("law_cookies.html", cookies=cookies_of(local=page.frame.local))


@router.get("/accessibilite")
async def statement(page: Page) -> Response:
    """Show the statement that the RGAA asks for, from what tests measured."""
    return page.show(
        "law_accessibility.html",
        legal=settings_of(page).legal,
        state=accessibility.STATE,
        measured=accessibility.measured(),
        criteria=accessibility.criteria(),
    )


@router.get("/.well-known/security.txt")
async def security(page: Page) -> PlainTextResponse:
    """Answer as RFC 9116 asks."""
    settings = settings_of(page)
    address = settings.public_url.rstrip("/")
    lines = (
        f"Contact: {settings.legal.security}",
        f"Expires: {expires(page.now):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fr, en",
        f"Canonical: {address}/.well-known/security.txt",
    )
    return PlainTextResponse("\n".join(lines) + "\n")


def expires(now: datetime) -> datetime:
    """Return when it expires: at midnight, so that the answer is the same all day."""
    day = (now + WARNED_UNTIL).astimezone(UTC)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


def in_words(settings: CountySettings) -> Mapping[str, str]:
    """Write each retention («7 jours», «6 mois», «2 ans») by the name of its setting, and the grace of an erasure."""
    names = [name for name in CountySettings.model_fields if name.startswith("retain_")]
    return {name: long(getattr(settings, name)) for name in (*names, "erasure_grace")}


def long(value: timedelta) -> str:
    if value.days and value.days % YEAR == 0:
        return counted(value.days // YEAR, "an")
    if value.days >= 2 * MONTH:
        return f"{value.days / MONTH:.0f} mois"
    return counted(value.days, "jour")
