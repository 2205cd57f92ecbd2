"""What happens because time passes: books end, the long gone are forgotten, the contacts' partitions keep moving."""

from functools import partial

from chassis.periodic import Job, alone, in_turn, of_many
from chassis.web.command import forget_old_keys
from services.prescription import usecases
from services.prescription.settings import Settings

EVERY_MINUTE, EVERY_HOUR, EVERY_DAY = 60, 3600, 86_400


def jobs(settings: Settings) -> tuple[Job, ...]:
    retention = settings.retention
    gone = partial(usecases.long_gone, after=retention.residents)
    forget = partial(usecases.forget_the_long_gone, after=retention.residents)
    old = (
        partial(usecases.forget_old_bookings, after=retention.bookings),
        partial(usecases.forget_old_notices, after=retention.proofs),
    )
    copies = partial(usecases.forget_copies, after=retention.copies, due=settings.copies_due)
    return (
        of_many("end books", EVERY_MINUTE, usecases.ended_books, usecases.end_books),
        of_many("forget the long gone", EVERY_HOUR, gone, forget),
        in_turn("forget what is old", EVERY_HOUR, *old),
        alone("forget copies", EVERY_HOUR, copies),
        alone("forget searches", EVERY_DAY, partial(usecases.forget_searches, after=settings.retention.readings)),
        alone("tick contacts", settings.tick_every.total_seconds(), usecases.tick_contacts),
        of_many("refold names", EVERY_DAY, usecases.stale_names, usecases.refold_names),
        alone("forget old keys", EVERY_HOUR, forget_old_keys),
        alone("end the journal", EVERY_DAY, settings.end_journal),
    )
