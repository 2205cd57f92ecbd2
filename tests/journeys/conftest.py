"""The whole system, as `make run` starts it, and people in front of a browser without JavaScript."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from rich.console import Console

from contracts.ids import BookingId
from county.links import code_for
from deploy.gateway.wording import PARTS
from deploy.local.demo.bus import Listener
from deploy.local.demo.stage import Stage
from deploy.local.servers import ROOT, removed
from deploy.local.system import System
from tests import programs
from tests.journeys.journey import Json, SignedIn, play
from tests.waiting import PATIENCE

PHONE: ViewportSize = {"width": 320, "height": 640}
DESK: ViewportSize = {"width": 1280, "height": 800}


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
    with signing_in(browser, system) as page:
        yield page


@pytest.fixture(scope="package")
def journey(browser: Browser, system: System, stage: Stage) -> str:
    """One pass was gone from prescription to attended hour: what the prescriber then reads of the hours."""
    with signing_in(browser, system) as page:
        return play(page, stage)


@pytest.fixture(scope="package")
def seat(stage: Stage, journey: str) -> str:  # noqa: ARG001 - it was gone before
    """The code of a resident's link: the person of the typical journey comes to the next session too."""
    person = json.loads(stage.bus.wait_for("booking.confirmed").body)["beneficiary_id"]
    session, *_ = stage.done("karim", "GET", "booking", "/sessions?with_seats=true")
    wish = {"session_id": session["id"], "beneficiary_id": person}
    booking = stage.done("karim", "POST", "booking", "/bookings", json=wish)
    return code_of(stage, booking)


def code_of(stage: Stage, booking: Json) -> str:
    return code_for(stage.system.servers.secret, BookingId(UUID(booking["id"])))


@contextmanager
def signing_in(browser: Browser, system: System) -> Iterator[SignedIn]:
    """`page("Nadia", "prescription")`: its first page for her, on a telephone's screen, without JavaScript."""
    contexts: list[BrowserContext] = []

    def page(name: str, service: str, *, scripts: bool = False) -> Page:
        contexts.append(
            browser.new_context(
                base_url=system.url,
                viewport=PHONE,
                locale="fr-FR",
                java_script_enabled=scripts,
                bypass_csp=scripts,
            )
        )
        contexts[-1].set_default_timeout(1000 * PATIENCE)
        opened = contexts[-1].new_page()
        opened.goto(f"/connexion?retour={PARTS[service].path}")
        opened.get_by_role("button", name=name).click()
        return opened

    yield page
    for context in contexts:
        context.close()
