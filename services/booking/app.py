"""Booking, put together."""

from pathlib import Path

from chassis.assembly import Assembly, Declared
from chassis.intake import Hearing
from chassis.periodic import alone
from chassis.site import Site
from chassis.web import NavLink
from chassis.web.command import forget_old_keys
from contracts.topics import CATALOGUE, CONTACTS, NOTIFICATIONS, PRESCRIPTION
from services.booking import api, consumers, web
from services.booking.model import Record
from services.booking.settings import Settings

NAV = (NavLink("Mes dossiers", "/", frozenset({"mediator"})),)


def assemble(settings: Settings | None = None) -> Site:
    """Prescription is heard in order: a book's cancellation waits behind its prescription, if that is parked."""
    declared = Declared(
        settings=settings or Settings(),
        folder=Path(__file__).parent,
        tables=Record.metadata,
        hearings=(
            Hearing(PRESCRIPTION, consumers.on_prescription, ordered=True),
            Hearing(CONTACTS, consumers.on_contacts),
            Hearing(CATALOGUE, consumers.on_catalogue, ordered=True),
            Hearing(NOTIFICATIONS, consumers.on_notifications),
        ),
        jobs=(alone("forget old keys", 3600, forget_old_keys),),
    )
    return Site(Assembly(declared), "Réservation", (web.router, api.router), NAV)
