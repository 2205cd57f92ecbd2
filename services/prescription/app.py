"""Prescription, put together."""

from functools import partial
from pathlib import Path

from chassis.intake import Subscription
from chassis.journal import Journal
from chassis.runtime import Declared, Runtime
from chassis.site import Site
from contracts.topics import BOOKING, CATALOGUE, COPIES, MEDIATORS, NOTIFICATIONS
from county.law import common
from services.prescription import acts, api, consumers, queries, recovery, texts, timed, web
from services.prescription.consumers import FromBooking, FromCatalogue, FromNotifications
from services.prescription.model import Digests, Record
from services.prescription.settings import Settings


def create_site(settings: Settings | None = None) -> Site:
    settings = settings or Settings()
    declared = Declared(
        settings=settings,
        folder=Path(__file__).parent,
        tables=Record.metadata,
        subscriptions=(
            Subscription(BOOKING, consumers.on_booking, consumed=FromBooking),
            Subscription(NOTIFICATIONS, consumers.on_notifications, consumed=FromNotifications),
            Subscription(CATALOGUE, consumers.on_catalogue, consumed=FromCatalogue),
            Subscription(MEDIATORS, consumers.on_mediators),
            *[Subscription(topic, consumers.on_copies) for topic in COPIES],
        ),
        recover=partial(recovery.recover, digests=Digests.keyed(settings.erasure_secret)),
        jobs=timed.jobs(settings),
    )
    journal = Journal(acts.ACTS, queries.names_of, texts.journal_subjects)
    routers = api.router, web.router
    return Site(Runtime(declared), "Prescription", routers, "/guichet", common=common(settings), journal=journal)
