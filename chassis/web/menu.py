"""One menu for all services: who sees which entry, and under which one a page is."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.web.principal import Principal
from contracts.words import Role


@dataclass(frozen=True)
class NavLink:
    """Shown to those who have one of the roles; to everybody when none is named.

    `pages` are what is reached under it, itself among them; `covers` are beginnings of addresses that are no page of
    the menu and belong under it. `count`: how many things wait there for who sees it; 0 shows nothing.
    """

    label: str
    path: str
    roles: frozenset[Role] = frozenset()
    pages: Sequence["NavLink"] = ()
    covers: Sequence[str] = ()
    count: int = 0

    def is_for(self, principal: Principal | None) -> bool:
        return not self.roles or bool(principal and self.roles & principal.roles)

    def match(self, path: str) -> int:
        """Return how much of the address it covers: the longest has the page."""
        own = (self.path, *(page.path for page in self.pages), *self.covers)
        return max((len(start) for start in own if path == start or path.startswith(start + "/")), default=0)


@dataclass(frozen=True)
class Menu:
    """As one person sees it on one page. `pages` are those of the current entry, when it has more than one."""

    entries: Sequence[NavLink]
    current: NavLink | None
    pages: Sequence[NavLink]


def menu_of(links: Sequence[NavLink], principal: Principal | None, path: str) -> Menu:
    """Choose what is for this person, without doors that are shut, and where they are."""
    entries = [link for link in links if link.is_for(principal)]
    matched = max(entries, key=lambda link: link.match(path), default=None)
    current = matched if matched and matched.match(path) else None
    pages = [page for page in current.pages if page.is_for(principal)] if current else []
    return Menu(entries, current, pages if len(pages) > 1 else [])
