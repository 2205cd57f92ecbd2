"""A browser at this product and at a provider that says whatever a test wants."""

from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from chassis.site import Site
from chassis.web.principal import LOCAL_COOKIE
from services.prescription.app import create_site
from services.prescription.settings import Oidc, Settings
from tests.actors import settings_for
from tests.prescription.forging import CLIENT, Forger

HERE = "http://127.0.0.1"


def with_provider(site: Site, forger: Forger, **more: Any) -> FastAPI:
    known = Oidc(issuer=forger.address, client_id=CLIENT, client_secret=SecretStr("the client's secret"), **more)
    url = site.runtime.database.url
    return create_site(settings_for(Settings, url, oidc=known, public_url=HERE)).application()


def visitor(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE)


async def left(browser: httpx.AsyncClient, forger: Forger, back: str = "/comptes") -> dict[str, str]:
    """Go to the provider: what it is asked."""
    answer = await browser.get("/connexion/fournisseur", params={"retour": back})
    assert answer.status_code == 303, answer.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    forger.nonce = asked["nonce"]
    return asked


async def came_back(browser: httpx.AsyncClient, asked: dict[str, str], **change: str) -> httpx.Response:
    return await browser.get("/connexion/retour", params={"code": "c", "state": asked["state"], **change})


async def signed_in(browser: httpx.AsyncClient, forger: Forger, back: str = "/comptes") -> httpx.Response:
    return await came_back(browser, await left(browser, forger, back))


def refused(answer: httpx.Response, browser: httpx.AsyncClient) -> bool:
    return (
        answer.status_code == 403
        and "n'a pas abouti" in unescape(answer.text)
        and not browser.cookies.get(LOCAL_COOKIE)
    )
