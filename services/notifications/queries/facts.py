"""What a notice may say."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import aliased

from chassis.db import Reading, any_of
from services.notifications.model import Book, Booking, Centre, Contact, Facts, Mediator, Notice, Session

Earlier = aliased(Notice)
FIRST = and_(
    Notice.kind == "book_prescribed",
    ~exists().where(
        Earlier.beneficiary_id == Notice.beneficiary_id,
        Earlier.kind == "book_prescribed",
        Earlier.about_id != Notice.about_id,
        Earlier.id < Notice.id,
    ),
)
"""Of a person's first book: whatever else they are sent comes after."""


async def facts(reading: Reading, notices: Sequence[Notice], informs: str = "") -> dict[UUID, Facts]:
    """Gather, by notice, what those may say whose contact is known. A booking's own times come before its session's.

    An offer has the id of the booking that it becomes. `informs`: the address that a first message names.
    """
    query = (
        select(Notice.id, Notice.kind, Notice.expires_at, FIRST, Contact, Centre, Session, Booking, Mediator, Book)
        .join(Contact, Contact.beneficiary_id == Notice.beneficiary_id)
        .join(Centre, Centre.id == Contact.centre_id, isouter=True)
        .join(Session, Session.id == Notice.session_id, isouter=True)
        .join(Booking, Booking.id == func.coalesce(Notice.booking_id, Notice.about_id), isouter=True)
        .join(Mediator, Mediator.id == func.coalesce(Notice.mediator_id, Session.mediator_id), isouter=True)
        .join(Book, Book.id == Notice.about_id, isouter=True)
        .where(any_of(Notice.id, [notice.id for notice in notices]))
    )
    by_notice: dict[UUID, Facts] = {}
    for notice_id, kind, until, first, *known in await reading.execute(query):
        contact, centre, session, booking, mediator, book = known
        period, address = _period(booking, session), informs if first else ""
        by_notice[notice_id] = Facts(
            kind, contact, centre, session, mediator, *period, until, booking, book, informs=address
        )
    return by_notice


def _period(*known: Booking | Session | None) -> tuple[datetime | None, datetime | None]:
    """Of the first that is known."""
    return next(((source.starts_at, source.ends_at) for source in known if source is not None), (None, None))
