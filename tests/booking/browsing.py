"""People in front of booking's pages, without a browser."""

import re
from html import unescape

import httpx
from fastapi import FastAPI

from chassis.web.principal import Principal
from tests.actors import COOKIE, MEDIATOR, cookie_for


def visiting(app: FastAPI, who: Principal | None = MEDIATOR) -> httpx.AsyncClient:
    cookies = {COOKIE: cookie_for(who)} if who else {}
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", cookies=cookies, follow_redirects=True)


async def press(
    browser: httpx.AsyncClient, page: httpx.Response, button: str, **fields: str | list[str]
) -> httpx.Response:
    """Send the form that holds this button; a part of its words may be for those alone who listen."""
    forms = re.findall(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', page.text, re.DOTALL)
    action, inside = next(form for form in forms if button in unescape(form[1]) + re.sub(r"<[^>]+>", "", form[1]))
    given = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', inside))
    return await browser.post(action, data={**given, **fields})


def text_of(page: httpx.Response) -> str:
    """What a person reads in it: no tags, spaces as one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def order(page: httpx.Response, *words: str) -> list[str]:
    seen = text_of(page)
    return sorted(words, key=seen.index)


async def looked_at(app: FastAPI, path: str) -> httpx.Response:
    async with visiting(app, None) as telephone:
        return await telephone.get(path)
