"""Booking, put together."""

from functools import partial
from pathlib import Path

from chassis import sign_ins
from chassis.intake import Subscription
from chassis.journal import Journal
from chassis.periodic import in_transaction
from chassis.runtime import Declared, Runtime
from chassis.site import Site
from chassis.web import CommandBatcher
from chassis.web.command import forget_old_keys
from contracts.booking import (
    BookingAttended,
    BookingCancelled,
    BookingConfirmed,
    BookingMissed,
    BookingMoved,
    SeatDeclined,
    SeatLapsed,
    SeatOffered,
    WaitingJoined,
    WaitingLeft,
    WalletChanged,
)
from contracts.event import Event
from contracts.topics import ACCOUNTS, CATALOGUE, CONTACTS, MEDIATORS, NOTIFICATIONS, PRESCRIPTION, PRESCRIPTION_COPIES
from county.law import common
from services.booking import acts, api, consumers, recovery, timed, usecases, web
from services.booking.consumers import FromCatalogue, FromContacts, FromNotifications, FromPrescription
from services.booking.model import Record
from services.booking.policy import BookingPolicy
from services.booking.settings import Settings
from services.booking.web import naming

BOOKING_EVENTS: tuple[type[Event], ...] = (
    BookingConfirmed,
    BookingCancelled,
    BookingMoved,
    BookingAttended,
    BookingMissed,
    WalletChanged,
    WaitingJoined,
    WaitingLeft,
    SeatOffered,
    SeatDeclined,
    SeatLapsed,
)
"""What ties a person to an hour: after two years nobody knows any more who was there (rule 27)."""


def subscriptions(policy: BookingPolicy) -> tuple[Subscription, ...]:
    """Prescription is applied in order: a book's cancellation waits behind its prescription, if that is parked."""
    on_prescription = partial(consumers.on_prescription, policy=policy)
    on_catalogue = partial(consumers.on_catalogue, policy=policy)
    return (
        Subscription(PRESCRIPTION, on_prescription, ordered=True, consumed=FromPrescription),
        Subscription(CONTACTS, consumers.on_contacts, consumed=FromContacts),
        Subscription(CATALOGUE, on_catalogue, ordered=True, consumed=FromCatalogue),
        Subscription(MEDIATORS, consumers.on_mediators),
        Subscription(NOTIFICATIONS, consumers.on_notifications, consumed=FromNotifications),
        Subscription(PRESCRIPTION_COPIES, consumers.on_copies),
        Subscription(ACCOUNTS, sign_ins.apply),
    )


def create_site(settings: Settings | None = None) -> Site:
    """Put booking together."""
    settings = settings or Settings()
    bookings = settings.retain_bookings
    declared = Declared(
        settings=settings,
        folder=Path(__file__).parent,
        tables=Record.metadata,
        subscriptions=subscriptions(settings.policy),
        recover=partial(recovery.recover, policy=settings.policy),
        ages=dict.fromkeys(BOOKING_EVENTS, bookings),
        jobs=(*timed.jobs(settings), in_transaction("forget old keys", 3600, forget_old_keys)),
    )
    runtime = Runtime(declared)
    seats = CommandBatcher(runtime.database, partial(usecases.book_batch, policy=settings.policy))
    journal = Journal(acts.ACTS, naming.people, naming.subjects)
    state = {"seats": seats}
    return Site(runtime, "Réservation", (api.router, web.router), "/mediateur", state, common(settings), journal)
