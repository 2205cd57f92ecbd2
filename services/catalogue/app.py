"""Catalogue, put together."""

from pathlib import Path

from chassis import sign_ins
from chassis.intake import Subscription
from chassis.journal import Journal
from chassis.periodic import in_transaction
from chassis.runtime import Declared, Runtime
from chassis.site import Site
from chassis.web.command import forget_old_keys
from contracts.topics import ACCOUNTS, BOOKING, PRESCRIPTION, PRESCRIPTION_COPIES
from county.law import common
from services.catalogue import acts, api, consumers, recovery, staff, timed, web
from services.catalogue.consumers import FromBooking, FromPrescription
from services.catalogue.model import Record
from services.catalogue.settings import Settings
from services.catalogue.staff import naming


def create_site(settings: Settings | None = None) -> Site:
    settings = settings or Settings()
    declared = Declared(
        settings=settings,
        folder=Path(__file__).parent,
        tables=Record.metadata,
        subscriptions=(
            Subscription(PRESCRIPTION, consumers.on_prescription, consumed=FromPrescription),
            Subscription(BOOKING, consumers.on_booking, consumed=FromBooking),
            Subscription(PRESCRIPTION_COPIES, consumers.on_copies),
            Subscription(ACCOUNTS, sign_ins.apply),
        ),
        recover=recovery.recover,
        jobs=(*timed.jobs(settings), in_transaction("forget old keys", 3600, forget_old_keys)),
    )
    routers = (api.router, web.router, staff.router)
    journal = Journal(acts.ACTS, subjects=naming.subjects)
    return Site(Runtime(declared), "Catalogue", routers, common=common(settings), journal=journal)
