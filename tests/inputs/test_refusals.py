"""Every refusal of the frame is a problem for a program and a page of ours for a person, with strict headers."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from chassis.web.middleware import STRICT
from tests.actors import ADMINISTRATOR, COOKIE, asking, cookie_for
from tests.sites import site_of

SIGNED_IN = {"Cookie": f"{COOKIE}={cookie_for(ADMINISTRATOR)}"}
BROKEN = {"Content-Type": "multipart/form-data"}  # without its boundary
LONG = {"Content-Length": "99999999999"}
ODD = {"Content-Length": "ten"}

REFUSED: list[tuple[str, str, int, dict[str, Any]]] = [
    ("GET", "nowhere", 404, {}),
    ("GET", "nowhere/", 404, {}),
    ("DELETE", "trainings", 405, {}),
    ("POST", "places", 413, {"headers": LONG}),
    ("GET", "nowhere", 413, {"headers": LONG}),
    ("GET", "trainings", 400, {"headers": ODD}),
    ("POST", "sessions", 403, {"headers": SIGNED_IN}),
    ("POST", "sessions", 403, {"headers": {**SIGNED_IN, "Sec-Fetch-Site": "cross-site"}}),
    ("POST", "sessions", 400, {"headers": {**SIGNED_IN, **BROKEN}, "content": b"x"}),
    ("GET", "trainings", 422, {"params": {"q": "a\0b"}}),
    ("GET", "spaces", 422, {"params": {"q": "a" * 2001}}),
]
PAGES = {"trainings": "formations/MAIL-01", "places": "import", "spaces": "espaces", "sessions": "seances"}


@pytest.fixture
def app() -> FastAPI:
    return site_of("catalogue").application()


def strict(answer: httpx.Response) -> bool:
    wanted = {**STRICT, "Cache-Control": "no-store"}
    return {name: answer.headers.get(name) for name in wanted} == wanted and "X-Correlation-ID" in answer.headers


@pytest.mark.parametrize(("method", "path", "status", "how"), REFUSED)
async def test_core_04_a_program_is_refused_by_a_problem(
    app: FastAPI, method: str, path: str, status: int, how: dict[str, Any]
) -> None:
    async with asking(app) as client:
        answer = await client.request(method, f"/api/catalogue/{path}", **how)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert strict(answer)


@pytest.mark.parametrize(("method", "path", "status", "how"), REFUSED)
async def test_core_04_a_person_is_refused_by_a_page_of_ours(
    app: FastAPI, method: str, path: str, status: int, how: dict[str, Any]
) -> None:
    async with asking(app) as client:
        answer = await client.request(method, f"/{PAGES.get(path, path)}", **how)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert 'role="alert"' in answer.text
    assert strict(answer)


async def test_core_04_what_is_allowed_instead_is_named(app: FastAPI) -> None:
    async with asking(app) as client:
        answer = await client.delete("/api/catalogue/trainings")
    assert answer.headers["allow"] == "GET, HEAD"


async def test_core_04_a_drawing_that_is_none_is_a_page_of_ours(app: FastAPI) -> None:
    async with asking(app) as client:
        answer = await client.get("/static/1/other.css")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_core_04_whoever_signs_in_comes_back_to_the_same_address(app: FastAPI) -> None:
    async with asking(app) as client:
        answer = await client.get("/gestion/formations/A&B=c%3Fd")
    assert answer.headers["location"] == "/connexion?retour=/gestion/formations/A%26B%3Dc%3Fd"
