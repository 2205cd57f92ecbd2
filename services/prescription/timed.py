"""What happens because time passes: books end, the long gone are forgotten, the contacts' partitions keep moving."""

from functools import partial

from chassis.periodic import Job, for_each, in_steps, in_transaction
from chassis.web.command import forget_old_keys
from services.prescription import queries, usecases
from services.prescription.model import Digests
from services.prescription.settings import Settings

EVERY_MINUTE, EVERY_HOUR, EVERY_DAY = 60, 3600, 86_400


def jobs(settings: Settings) -> tuple[Job, ...]:
    digests = Digests.keyed(settings.erasure_secret)
    gone = partial(usecases.long_gone, after=settings.retain_residents)
    forget = partial(usecases.forget_the_long_gone, after=settings.retain_residents, digests=digests)
    old = (
        partial(usecases.forget_old_bookings, after=settings.retain_bookings),
        partial(usecases.forget_old_notices, after=settings.retain_proofs),
    )
    copies = partial(usecases.forget_copies, after=settings.retain_copies, due=settings.copies_due)
    due = partial(usecases.erase_due, digests=digests)
    return (
        for_each("end books", EVERY_MINUTE, usecases.ended_books, usecases.end_books),
        for_each("erase who asked", EVERY_HOUR, queries.due_requests, due, size=1),
        for_each("forget the long gone", EVERY_HOUR, gone, forget),
        in_steps("forget what is old", EVERY_HOUR, *old),
        in_transaction("forget copies", EVERY_HOUR, copies),
        in_transaction("forget searches", EVERY_DAY, partial(usecases.forget_searches, after=settings.retain_readings)),
        in_transaction("forget readings", EVERY_DAY, partial(usecases.forget_accesses, after=settings.retain_readings)),
        in_transaction("forget requests", EVERY_DAY, partial(usecases.forget_requests, after=settings.retain_requests)),
        in_transaction("forget accounts", EVERY_DAY, partial(usecases.forget_accounts, after=settings.retain_acts)),
        in_transaction("tick contacts", settings.tick_every.total_seconds(), usecases.tick_contacts),
        for_each("refold names", EVERY_DAY, usecases.stale_names, usecases.refold_names),
        in_transaction("forget old keys", EVERY_HOUR, forget_old_keys),
        in_transaction("end the journal", EVERY_DAY, settings.end_journal),
    )
