"""What the law asks a French public site to say: the same pages in every service, linked at the foot of each page."""

from dataclasses import replace
from pathlib import Path

from chassis.french import unbroken
from chassis.web import Common, NavLink
from chassis.web.look import Brand
from county import search
from county.law import accessibility, pages
from county.menu import MENU, PUBLIC
from county.phones import phone
from county.settings import CountySettings
from county.wording import SOURCES

COMMON = Common(
    routers=(pages.router, search.router),
    templates=Path(__file__).parents[1] / "templates",
    static=Path(__file__).parents[1] / "static",
    mark="marque.svg",
    filters=(("phone", unbroken(phone)), ("search_tabs", search.tabs)),
    sources=SOURCES,
    menu=MENU,
    public=PUBLIC,
    search=search.PATH,
    foot=(
        NavLink("Mentions légales", "/mentions-legales"),
        NavLink("Données personnelles", "/donnees"),
        NavLink("Cookies", "/cookies"),
        NavLink(f"Accessibilité : {accessibility.STATE}", "/accessibilite"),
    ),
)


def common(settings: CountySettings) -> Common:
    """Return what every service shows the same, under the department's name and mark."""
    return replace(COMMON, brand=Brand(settings.department, settings.logo_file, settings.letters_folder))


__all__ = ["COMMON", "common"]
