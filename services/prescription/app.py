"""Prescription, put together."""

from pathlib import Path

from chassis.assembly import Assembly, Declared
from chassis.intake import Hearing
from chassis.periodic import alone
from chassis.site import Site
from chassis.web import NavLink
from chassis.web.command import forget_old_keys
from contracts.topics import BOOKING, NOTIFICATIONS
from services.prescription import api, consumers, web
from services.prescription.model import Record
from services.prescription.settings import Settings

NAV = (
    NavLink("Chercher une personne", "/", frozenset({"prescriber", "administrator"})),
    NavLink("Inscrire une personne", "/habitants/nouveau", frozenset({"prescriber"})),
    NavLink("Centres et prescripteurs", "/centres", frozenset({"administrator"})),
)


def assemble(settings: Settings | None = None) -> Site:
    declared = Declared(
        settings=settings or Settings(),
        folder=Path(__file__).parent,
        tables=Record.metadata,
        hearings=(Hearing(BOOKING, consumers.on_booking), Hearing(NOTIFICATIONS, consumers.on_notifications)),
        jobs=(alone("forget old keys", 3600, forget_old_keys),),
    )
    return Site(Assembly(declared), "Prescription", (web.router, api.router), NAV)
