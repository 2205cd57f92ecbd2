"""Templates are compiled before a service is served: the first rendering of one held the event loop for 155 ms."""

import pytest
from jinja2 import Environment

from chassis import commands
from chassis.refusal import NotFound
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
        assert "Connexion" in (await client.get("/connexion")).text
        assert (await client.get("/nulle-part")).status_code == NotFound.status


async def test_core_06_without_it_the_first_page_compiles_its_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control."""
    app = site_of("catalogue").application()
    app.state.templates.cache.clear()
    monkeypatch.setattr(Environment, "compile", compiled_late)
    async with asking(app, ADMINISTRATOR) as client:
        with pytest.raises(AssertionError, match="compiled"):
            await client.get("/connexion")


def compiled_late(*_: object, **__: object) -> None:
    raise AssertionError("a template is compiled")


def test_core_06_what_is_served_has_its_templates_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands.Draining, "run", lambda _: None)
    for setting in ("gc.freeze", "gc.set_threshold"):
        monkeypatch.setattr(setting, lambda *_: None)
    site = site_of("booking")
    cache = site.application().state.templates.cache
    cache.clear()
    with pytest.raises(SystemExit):
        commands.serve(site)
    assert {"desk.html", "layout.html", "status.html"} <= {name for _, name in cache}
