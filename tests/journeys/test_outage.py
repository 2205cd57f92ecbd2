"""A service stands still: who is signed in goes on with the others, at the same address."""

import signal
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from deploy.local.system import System
from tests.journeys.conftest import PHONE
from tests.journeys.journey import SignedIn
from tests.waiting import until_now


@pytest.fixture
def frozen(system: System) -> Iterator[str]:
    """Notifications: one that is killed would be started again at once."""
    child = system.servers.children.running["notifications"]
    child.send(signal.SIGSTOP)
    yield "/appels"
    child.send(signal.SIGCONT)
    system.wait_until_ready()


def test_a_page_says_what_does_not_answer_and_the_other_services_go_on(signed_in: SignedIn, frozen: str) -> None:
    page = signed_in("Karim", "booking", scripts=True)
    until_now(lambda: status(page, frozen) == 503, "the gateway has seen it")
    expect(page.get_by_role("heading", name="Cette partie du site ne répond pas")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    results = Axe().run(page)
    assert not results.violations_count, results.generate_report()
    page.get_by_role("link", name="Dossiers et réservations").click()
    expect(page.get_by_role("heading", name="Mes dossiers")).to_be_visible()
    expect(page.locator("#menu").get_by_text("À appeler")).to_be_attached()
    page.get_by_role("link", name="Pass numérique").click()
    expect(page.get_by_role("link", name="Se connecter")).to_have_count(0)
    assert urlsplit(page.url).path == "/mediateur"
    for path in ("/", "/seances", "/cookies"):
        assert status(page, path) == 200


def status(page: Page, path: str) -> int:
    answer = page.goto(path)
    assert answer
    return answer.status
