"""One search box for all: it leads to a page with tabs, and each service answers for its own."""

from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.bounds import Question
from chassis.web import Page, Principal, allowed, shared
from contracts.words import Role

PATH = "/chercher"

router = APIRouter(include_in_schema=False)
AN_AGENT = allowed("administrator", "prescriber", "mediator")


class Tab(NamedTuple):
    label: str
    path: str
    roles: frozenset[Role]


EVERY: frozenset[Role] = frozenset({"administrator", "prescriber", "mediator"})
TABS = (
    Tab("Personnes et chéquiers", "/guichet", frozenset({"administrator", "prescriber"})),
    Tab("Mes personnes", "/mediateur/personnes", frozenset({"mediator"})),
    Tab("Séances", "/seances", frozenset({"administrator", "mediator"})),
    Tab("Formations", "/formations", EVERY),
    Tab("Lieux", "/espaces", EVERY),
)


def tabs(principal: Principal | None) -> list[Tab]:
    """Return where this person may search, the likeliest first; a visitor searches on the pages themselves."""
    return [tab for tab in TABS if principal and tab.roles & principal.roles]


@router.get(PATH, dependencies=[shared("elle mène à la recherche de chaque service")])
async def search(page: Page, who: Annotated[Principal, Depends(AN_AGENT)], q: Question = "") -> Response:
    """Lead to the first tab."""
    return page.redirect(f"{tabs(who)[0].path}?{urlencode({'q': q})}")
