"""Each page that a person reaches by links: axe finds nothing, 320 px scroll in one direction, keys are enough."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from chassis.clock import PARIS
from county.law import COMMON, accessibility
from deploy.gateway import routing
from deploy.local.demo.people import RETIRED
from deploy.local.demo.stage import Stage
from deploy.local.servers import ROOT
from deploy.local.system import TITLES, System
from tests.journeys.conftest import DESK, PHONE, code_of
from tests.journeys.journey import SignedIn, seated
from tests.journeys.measuring import Measuring, record

TABLE = routing.read()
MEASURING = Measuring()
OF_THE_LAW = {link.path for link in COMMON.foot}
KARIMS = {
    "/mediateur",
    "/dossiers/*",
    "/dossiers/*/registre",
    "/dossiers/*/parcours",
    "/emargement/*",
    "/emargement/*/inscrire",
}
OF_MESSAGES = {"/appels", "/courriers", "/messages", "/echecs", "/fournisseurs", "/modeles"}
PUBLIC = {"/", "/a-imprimer", "/espaces", "/espaces/*", "/formations/*", "/ou-demander"}
ROLES = {
    "Nadia": {
        "/guichet",
        "/habitants/nouveau",
        "/a-relancer",
        "/pilotage",
        "/centre",
        "/centre/personnes/*",
        "/prescription/etat",
    },
    "Anne": {
        "/guichet",
        "/centres",
        "/centres/*",
        "/prescripteurs/*",
        "/doublons",
        "/effacements",
        "/copies",
        "/pilotage",
        "/prescription/journal",
        "/espaces/*/corriger",
        "/formations/*/versions/1",
        "/seances",
        "/seances/nouvelle",
        "/seances/serie",
        "/seances/*",
        "/labels",
        "/planning/espaces/*",
        "/planning/mediateurs/*",
        "/mediateurs",
        "/mediateurs/*",
        "/gestion/formations",
        "/gestion/formations/*",
        "/import",
        "/catalogue/journal",
    },
    "Karim": KARIMS,
}
ONE_OF_MANY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/formations/)[^/]+")
NOT_PAGES = re.compile(r"^/(static|api|\.well-known)/|\.(csv|pdf|json)(\?|$)")
WIDEST = "Math.max(...[...document.querySelectorAll('*')].map(one => one.getBoundingClientRect().right))"
TOP = "document.querySelector('.top').getBoundingClientRect().height"


@pytest.mark.usefixtures("seat")
@pytest.mark.parametrize("name", ROLES)
def test_walls_16_pages_are_accessible_and_fit_a_telephone(signed_in: SignedIn, name: str) -> None:
    """All that a role reaches from the menu, and no door is shut.

    With JavaScript on, because axe is JavaScript; the pages have none. Those of the law: below.
    """
    page, axe, seen = signed_in(name, "catalogue", scripts=True), Axe(), set()
    for shape in reached(page, OF_THE_LAW):
        seen.add(shape)
        fits(page, axe, f"{TITLES[TABLE.service_of(shape)]} : {shape}")
    assert seen >= ROLES[name] | PUBLIC | OF_MESSAGES


@pytest.mark.parametrize("service", TITLES)
def test_walls_16_the_pages_of_the_law_are_accessible_and_fit_a_telephone_in_each_service(
    browser: Browser, system: System, service: str
) -> None:
    """Without signing in; security.txt too, which programs read, and people who look for whom to tell."""
    context = browser.new_context(base_url=system.urls[service], locale="fr-FR", bypass_csp=True)
    page, axe = context.new_page(), Axe()
    for path in sorted(OF_THE_LAW):
        answer = page.goto(path)
        assert answer
        assert answer.ok, path
        fits(page, axe, f"{TITLES[service]} : {path}")
    page.set_viewport_size(PHONE)
    page.goto("/.well-known/security.txt")
    expect(page.get_by_text("Contact: ")).to_be_visible()
    assert page.evaluate(WIDEST) <= PHONE["width"]
    context.close()


def fits(page: Page, axe: Axe, name: str) -> None:
    """Folded parts are looked at unfolded. `name` is how the accessibility statement names the page."""
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    for screen in (PHONE, DESK):
        page.set_viewport_size(screen)
        results = looked_at(page, axe)
        MEASURING.add(name, screen["width"], results.response)
        assert not results.violations_count, f"{page.url} at {screen['width']}: {results.generate_report()}"
        assert page.evaluate(WIDEST) <= screen["width"], f"{page.url} is wider than {screen['width']} px"
        assert page.evaluate(TOP) <= screen["height"] / 5, f"{page.url}: the menu leaves less than four fifths"
        assert not page.locator("script:not([type='application/ld+json'])").count()


def looked_at(page: Page, axe: Axe) -> AxeResults:
    """By axe, whose half a megabyte of script a page is given once."""
    if page.evaluate("typeof axe") == "undefined":
        return axe.run(page)
    return AxeResults(page.evaluate("axe.run({resultTypes: ['violations']})"))


def reached(page: Page, left_out: set[str]) -> Iterator[str]:
    """One page of each shape, followed from the first one. A page that asks for a reason is a door, and not shut."""
    waiting, seen = ["/"], {*left_out}
    while waiting:
        path = waiting.pop(0)
        shape = ONE_OF_MANY.sub("*", urlsplit(path).path)
        if shape in seen or NOT_PAGES.search(path):
            continue
        seen.add(shape)
        answer = page.goto(path)
        assert answer
        assert answer.ok or page.get_by_label("Raison").count(), f"{path}: {answer.status}"
        links = page.locator("a[href^='/']").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        waiting += links
        yield shape


@pytest.mark.usefixtures("journey")
def test_walls_16_pages_behind_a_form_are_accessible_and_fit_a_telephone(signed_in: SignedIn) -> None:
    """A training before it is published, a series with the days left out, the report of an import."""
    page, axe = signed_in("Anne", "catalogue", scripts=True), Axe()
    page.goto("/gestion/formations/MAIL-01")
    page.get_by_role("button", name="Voir l'aperçu").click()
    page.get_by_role("button", name="Publier").wait_for()
    fits(page, axe, "Catalogue : l'aperçu d'une formation")
    page.goto("/seances/serie")
    first = datetime.now(PARIS).replace(hour=19, minute=0) + timedelta(days=30)
    page.get_by_label("Début").fill(f"{first:%Y-%m-%dT%H:%M}")
    page.get_by_label("Dernier jour possible").fill(f"{first + timedelta(days=40):%Y-%m-%d}")
    page.get_by_role("button", name="Proposer la série").click()
    page.get_by_role("heading", name="Série de séances").wait_for()
    fits(page, axe, "Catalogue : une série de séances")
    page.goto("/import")
    page.get_by_label("Fichier").set_input_files(ROOT / "deploy" / "local" / "demo" / "places.csv")
    page.get_by_role("button", name="Lire le fichier").click()
    page.get_by_role("heading", name="Ce qui").wait_for()
    fits(page, axe, "Catalogue : le compte rendu d'un import")


def test_walls_16_a_residents_link_is_accessible_and_fits_a_telephone(signed_in: SignedIn, seat: str) -> None:
    page, axe = signed_in("Karim", "booking", scripts=True), Axe()
    page.context.clear_cookies()
    for path in ("/r", f"/r/{seat}", f"/r/{seat}/annuler", "/r/0123456789ab"):
        page.goto(path)
        fits(page, axe, f"Réservation : {path.replace(seat, '*')}")


def test_walls_16_the_accessibility_statement_says_no_more_than_was_measured() -> None:
    """After all pages were looked at, so in a whole run; `make accessibility` writes what it says."""
    seen = MEASURING.seen()
    record(seen)
    if len({page.partition(" : ")[0] for page in seen.pages}) < len(TITLES):
        pytest.skip("not all services were looked at")
    said = accessibility.measured()
    assert {*said.pages} <= {*seen.pages}
    assert (said.faults, said.widths) == (seen.faults, seen.widths) == (0, [PHONE["width"], DESK["width"]])
    for number, rules in said.passed.items():
        assert {*rules} <= {*seen.passed[number]}


@pytest.mark.usefixtures("journey")
def test_a_resident_cancels_by_keys_alone_from_a_code_on_a_letter(signed_in: SignedIn, stage: Stage) -> None:
    seat = code_of(stage, seated(stage, RETIRED))
    page = signed_in("Karim", "booking")
    page.context.clear_cookies()
    page.goto("/r")
    page.get_by_label("Le code écrit sur votre lettre").press_sequentially(seat.upper())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Votre séance")).to_be_visible()
    page.get_by_role("link", name="Annuler ma séance").press("Enter")
    page.get_by_role("link", name="Non, je garde ma séance").press("Enter")
    page.get_by_role("link", name="Annuler ma séance").press("Enter")
    page.get_by_role("button", name="Oui, j'annule ma séance").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Merci de nous avoir prévenus.")


@pytest.mark.usefixtures("journey")
def test_data_for_search_engines_passes_the_content_policy(browser: Browser, system: System) -> None:
    """A data block is never executed, so the policy lets it be; the control is a script, which it stops."""
    context = browser.new_context(base_url=system.url)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/formations/MAIL-01")
    told = json.loads(page.locator("script[type='application/ld+json']").inner_text())
    assert (told["@type"], said) == ("Course", [])
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
    )
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in one for one in said)
    context.close()


def test_the_axe_of_these_tests_sees_a_fault(signed_in: SignedIn) -> None:
    """The control: a field without its label."""
    page = signed_in("Nadia", "prescription", scripts=True)
    page.evaluate("document.querySelector('main label').remove()")
    assert Axe().run(page).violations_count


def test_a_person_is_searched_by_keys_alone(signed_in: SignedIn) -> None:
    page = signed_in("Nadia", "prescription", scripts=True)
    expect(page.get_by_label("Nom, téléphone")).to_be_visible()  # the page after signing in, before any key
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Nom, téléphone")).to_be_focused()
    page.keyboard.type("Personne du Tout")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Personne de ce nom.")).to_be_visible()
