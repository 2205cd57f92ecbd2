"""Notifications, put together."""

from pathlib import Path

from chassis import sign_ins
from chassis.batching import Batcher
from chassis.intake import Subscription
from chassis.journal import Journal
from chassis.periodic import in_transaction
from chassis.runtime import Declared, Runtime
from chassis.site import Site
from chassis.web.command import forget_old_keys
from contracts.topics import (
    ACCOUNTS,
    AGENTS,
    BOOKING,
    CATALOGUE,
    CONTACTS,
    MEDIATORS,
    PRESCRIPTION,
    PRESCRIPTION_COPIES,
)
from county.law import common
from services.notifications import acts, api, consumers, queries, recovery, timed, web
from services.notifications.consumers import FromBooking, FromCatalogue, FromContacts, FromPrescription
from services.notifications.delivery import Dispatch
from services.notifications.model import Record
from services.notifications.settings import Settings
from services.notifications.usecases import recording


def subscriptions() -> tuple[Subscription, ...]:
    """Booking is consumed in order: a cancellation waits behind a confirmation that is parked."""
    return (
        Subscription(PRESCRIPTION, consumers.on_prescription, consumed=FromPrescription),
        Subscription(CONTACTS, consumers.on_contacts, consumed=FromContacts),
        Subscription(CATALOGUE, consumers.on_catalogue, consumed=FromCatalogue),
        Subscription(MEDIATORS, consumers.on_mediators),
        Subscription(BOOKING, consumers.on_booking, consumed=FromBooking, ordered=True),
        Subscription(PRESCRIPTION_COPIES, consumers.on_copies),
        Subscription(ACCOUNTS, sign_ins.apply),
        Subscription(AGENTS, consumers.on_agents),
    )


def create_site(settings: Settings | None = None) -> Site:
    """Put notifications together."""
    settings = settings or Settings()
    dispatch = Dispatch.of(settings)
    declared = Declared(
        settings=settings,
        folder=Path(__file__).parent,
        tables=Record.metadata,
        subscriptions=subscriptions(),
        recover=recovery.recover,
        jobs=(*timed.jobs(settings, dispatch), in_transaction("forget old keys", 3600, forget_old_keys)),
        closing=(dispatch.close,),
    )
    runtime = Runtime(declared)
    receipts = Batcher(runtime.database, recording.apply_provider_receipts)
    routers = (*api.routers, *web.routers)
    journal = Journal(acts.ACTS, queries.names_of)
    return Site(runtime, "Messages", routers, "/appels", {"receipts": receipts}, common(settings), journal)
