"""What the law asks a French public site to say: the same pages in every service, linked at the foot of each page."""

from pathlib import Path

from chassis.french import unbroken
from chassis.web import Common, NavLink
from county.law import accessibility, pages
from county.phones import phone
from county.wording import SOURCES

COMMON = Common(
    routers=(pages.router,),
    templates=Path(__file__).parents[1] / "templates",
    filters=(("phone", unbroken(phone)),),
    sources=SOURCES,
    foot=(
        NavLink("Mentions légales", "/mentions-legales"),
        NavLink("Données personnelles", "/donnees"),
        NavLink("Cookies", "/cookies"),
        NavLink(f"Accessibilité : {accessibility.STATE}", "/accessibilite"),
    ),
)

__all__ = ["COMMON"]
