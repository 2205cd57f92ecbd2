"""Before a service is served, its templates are compiled and its routes analysed: the first to ask waited for both."""

from typing import Any

import fastapi.routing
import pytest
import uvicorn
from fastapi import FastAPI
from jinja2 import Environment

from chassis import commands
from chassis.refusal import NotFound
from chassis.web import frame
from chassis.web.frame import made_ready
from chassis.web.page import compile_all
from tests.actors import ADMINISTRATOR, asking
from tests.sites import SERVICES, site_of


@pytest.mark.parametrize("service", SERVICES)
async def test_core_06_no_template_is_compiled_while_pages_are_asked(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = site_of(service).application()
    app.state.templates.cache.clear()
    compile_all(app.state.templates)
    monkeypatch.setattr(Environment, "compile", compiled_late)
    async with asking(app, ADMINISTRATOR) as client:
        assert "Cookies" in (await client.get("/cookies")).text
        assert (await client.get("/nulle-part")).status_code == NotFound.status


async def test_core_06_without_it_the_first_page_compiles_its_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control."""
    app = site_of("catalogue").application()
    app.state.templates.cache.clear()
    monkeypatch.setattr(Environment, "compile", compiled_late)
    async with asking(app, ADMINISTRATOR) as client:
        with pytest.raises(AssertionError, match="compiled"):
            await client.get("/cookies")


def compiled_late(*_: object, **__: object) -> None:
    raise AssertionError("a template is compiled")


def test_core_06_what_is_served_was_made_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands.Draining, "run", lambda *_: None)
    for setting in ("gc.freeze", "gc.set_threshold"):
        monkeypatch.setattr(setting, lambda *_: None)
    served: list[FastAPI] = []
    config = uvicorn.Config

    def noted(app: FastAPI, **how: Any) -> uvicorn.Config:
        served.append(app)
        return config(app, **how)

    monkeypatch.setattr(uvicorn, "Config", noted)
    site = site_of("booking")
    site.application().state.templates.cache.clear()
    with pytest.raises(SystemExit):
        commands.serve(site)
    assert {"home.html", "layout.html", "status.html"} <= {name for _, name in served[0].state.templates.cache}
    assert served[0].openapi_schema is not None


@pytest.mark.parametrize("service", SERVICES)
async def test_core_06_no_route_is_analysed_while_pages_are_asked(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = site_of(service).application()
    made_ready(app)
    monkeypatch.setattr(fastapi.routing, "get_dependant", analysed_late)
    async with asking(app, ADMINISTRATOR) as client:
        assert (await client.get("/livez")).is_success
        assert (await client.get(f"/api/{service}/openapi.json")).is_success
        assert (await client.get("/nulle-part")).status_code == NotFound.status


async def test_core_06_without_it_the_first_to_ask_waits_until_all_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control."""
    monkeypatch.setattr(frame, "CHECKED", {})
    app = site_of("catalogue").application()
    monkeypatch.setattr(fastapi.routing, "get_dependant", analysed_late)
    async with asking(app, ADMINISTRATOR) as client:
        with pytest.raises(AssertionError, match="analysed"):
            await client.get("/livez")


def analysed_late(*_: object, **__: object) -> None:
    raise AssertionError("a route is analysed")
