"""One menu for all services: every entry is a page that opens for whoever sees it."""

from collections.abc import Iterator

import pytest

from chassis.web import Allowed, NavLink, Principal, anybody
from chassis.web.menu import menu_of
from contracts.words import Role
from county.menu import HOMES, MENU, PUBLIC
from county.search import TABS, tabs
from tests.actors import ADMINISTRATOR, MEDIATOR, PRESCRIBER
from tests.architecture.test_services import dependencies
from tests.sites import SERVICES, routes, site_of

AGENTS: dict[Role, Principal] = {"administrator": ADMINISTRATOR, "mediator": MEDIATOR, "prescriber": PRESCRIBER}


def pages() -> dict[str, frozenset[Role] | None]:
    """Whom each page is for; None: everybody."""
    known: dict[str, frozenset[Role] | None] = {}
    for service in SERVICES:
        for route in routes(site_of(service).application()):
            asked = [*dependencies(route.dependant)]
            walls = [one.roles for one in asked if isinstance(one, Allowed)]
            if "GET" in (route.methods or set()):
                known[route.path] = None if anybody in asked and not walls else frozenset.intersection(*walls)
    return known


PAGES = pages()


def links(principal: Principal | None) -> Iterator[NavLink]:
    for entry in MENU if principal else PUBLIC:
        if entry.is_for(principal):
            yield from (entry, *(page for page in entry.pages if page.is_for(principal)))


@pytest.mark.parametrize("role", [None, *AGENTS])
def test_every_entry_is_a_page_that_opens_for_whoever_sees_it(role: Role | None) -> None:
    who = AGENTS[role] if role else None
    for link in links(who):
        roles = PAGES[link.path]
        assert roles is None or (role in roles), link.path


@pytest.mark.parametrize("role", AGENTS)
def test_every_role_has_a_home_in_its_menu_and_a_search(role: Role) -> None:
    assert HOMES[role] in {link.path for link in links(AGENTS[role])}
    for tab in tabs(AGENTS[role]):
        roles = PAGES[tab.path]
        assert roles is None or role in roles, tab.path


def test_a_page_that_nobody_may_open_is_seen() -> None:
    """Control."""
    assert "mediator" not in (PAGES["/administration"] or set())
    assert {tab.path for tab in TABS} <= PAGES.keys()


@pytest.mark.parametrize(
    ("who", "path", "entry", "page"),
    [
        (MEDIATOR, "/dossiers/1", "Mes personnes", ""),
        (MEDIATOR, "/seances/nouvelle", "Mes séances", "Proposer une séance"),
        (PRESCRIBER, "/habitants/1/modifier", "Prescrire", ""),
        (ADMINISTRATOR, "/doublons", "Personnes", "Doublons"),
        (ADMINISTRATOR, "/espaces/1", "Espaces et labels", ""),
        (ADMINISTRATOR, "/booking/etat", "Journal", "État de Réservation"),
        (ADMINISTRATOR, "/nulle-part", "", ""),
    ],
)
def test_a_page_is_under_the_entry_whose_address_it_has(who: Principal, path: str, entry: str, page: str) -> None:
    menu = menu_of(MENU, who, path)
    assert (menu.current.label if menu.current else "") == entry
    assert page in {"", *(link.label for link in menu.pages if link.path == path)}
