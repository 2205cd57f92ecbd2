"""What happens because time passes: books end, the long gone are forgotten, the contacts' partitions keep moving."""

from functools import partial

from chassis.periodic import Job, alone
from chassis.web.command import forget_old_keys
from services.prescription import usecases
from services.prescription.settings import Settings

EVERY_MINUTE, EVERY_HOUR, EVERY_DAY = 60, 3600, 86_400


def jobs(settings: Settings) -> tuple[Job, ...]:
    forget = partial(usecases.forget_the_long_gone, after=settings.retention.residents)
    old = partial(usecases.forget_what_is_old, bookings=settings.retention.bookings, notices=settings.retention.proofs)
    return (
        alone("end books", EVERY_MINUTE, usecases.end_books),
        alone("forget the long gone", EVERY_HOUR, forget),
        alone("forget what is old", EVERY_HOUR, old),
        alone("forget searches", EVERY_DAY, partial(usecases.forget_searches, after=settings.retention.readings)),
        alone("tick contacts", settings.tick_every.total_seconds(), usecases.tick_contacts),
        alone("refold names", EVERY_DAY, usecases.refold_names),
        alone("forget old keys", EVERY_HOUR, forget_old_keys),
        alone("end the journal", EVERY_DAY, settings.end_journal),
    )
