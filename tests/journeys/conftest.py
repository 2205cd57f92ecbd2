"""The whole system, as `make run` starts it, and people in front of a browser without JavaScript."""

import os
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from rich.console import Console

from deploy.local.demo.bus import Listener
from deploy.local.demo.stage import Stage
from deploy.local.servers import ROOT, removed
from deploy.local.system import System
from tests import programs
from tests.waiting import PATIENCE

PHONE: ViewportSize = {"width": 320, "height": 640}
DESK: ViewportSize = {"width": 1280, "height": 800}

SignedIn = Callable[..., Page]


@pytest.fixture(scope="package")
def system() -> Iterator[System]:
    folder = ROOT / ".local" / f"journeys-{uuid4().hex[:8]}"
    try:
        with System.started(folder) as started:
            yield started
            killed(started)
    finally:
        removed(folder)


def killed(system: System) -> None:
    """All but PostgreSQL: their orderly ends take most of a minute, and nobody needs what they have."""
    system._closing.set()
    for name, child in system.servers.children.running.items():
        if name != "postgres":
            child.kill()


@pytest.fixture(scope="package")
def stage(system: System) -> Iterator[Stage]:
    """What the demonstration is played with: requests, messages received, the clock."""
    with Listener(system.servers.kafka.bootstrap, PATIENCE).listening() as bus:
        yield Stage(system, bus, Console(quiet=True))


@pytest.fixture(scope="package")
def browser(stage: Stage) -> Iterator[Browser]:  # noqa: ARG001 - the stage first: Playwright keeps this thread's event loop
    chromium = programs.path_of("chromium")
    if not chromium:
        pytest.skip("no Chromium on this machine: the pages are not looked at")
    with sync_playwright() as playwright:
        sandbox = [] if os.getuid() else ["--no-sandbox"]
        opened = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        yield opened
        opened.close()


@pytest.fixture
def signed_in(browser: Browser, system: System) -> Iterator[SignedIn]:
    """`signed_in("Nadia", "prescription")`: her page, on a telephone's screen, without JavaScript."""
    contexts: list[BrowserContext] = []

    def page(name: str, service: str, *, scripts: bool = False) -> Page:
        contexts.append(
            browser.new_context(
                base_url=system.urls[service],
                viewport=PHONE,
                locale="fr-FR",
                java_script_enabled=scripts,
                bypass_csp=scripts,
            )
        )
        contexts[-1].set_default_timeout(1000 * PATIENCE)
        opened = contexts[-1].new_page()
        opened.goto("/connexion")
        opened.get_by_role("button", name=name).click()
        return opened

    yield page
    for context in contexts:
        context.close()
