"""What a notice may say."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from chassis.db import Reading, one_of
from services.notifications.model import Book, Booking, Centre, Contact, Facts, Mediator, Notice, Session


async def facts(reading: Reading, notices: Sequence[Notice]) -> dict[UUID, Facts]:
    """By notice, those whose contact is known. A booking's own times come before its session's.

    An offer has the id of the booking that it becomes.
    """
    query = (
        select(Notice.id, Notice.kind, Notice.expires_at, Contact, Centre, Session, Booking, Mediator, Book)
        .join(Contact, Contact.beneficiary_id == Notice.beneficiary_id)
        .join(Centre, Centre.id == Contact.centre_id, isouter=True)
        .join(Session, Session.id == Notice.session_id, isouter=True)
        .join(Booking, Booking.id == func.coalesce(Notice.booking_id, Notice.about_id), isouter=True)
        .join(Mediator, Mediator.id == func.coalesce(Notice.mediator_id, Session.mediator_id), isouter=True)
        .join(Book, Book.id == Notice.about_id, isouter=True)
        .where(one_of(Notice.id, [one.id for one in notices]))
    )
    found: dict[UUID, Facts] = {}
    for notice_id, kind, until, contact, centre, session, booking, mediator, book in await reading.execute(query):
        period = _period(booking, session)
        found[notice_id] = Facts(kind, contact, centre, session, mediator, *period, until, booking, book)
    return found


def _period(*known: Booking | Session | None) -> tuple[datetime | None, datetime | None]:
    """Of the first that is known."""
    return next(((one.starts_at, one.ends_at) for one in known if one is not None), (None, None))
