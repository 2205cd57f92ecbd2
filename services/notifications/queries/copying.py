"""All that notifications stores of a person, for the copy that they may ask for. Rule 27."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import RowMapping, select

from chassis.db import Reading, any_of
from chassis.journal import lines_about
from contracts.ids import BeneficiaryId, NoticeId
from services.notifications.model import (
    Book,
    Booking,
    CallTry,
    Contact,
    File,
    Mediator,
    Notice,
    OptOut,
    RecordRead,
    Reply,
)
from services.notifications.queries.people import merged_into
from services.notifications.queries.shown import contact_of, tries_of

Of = TypeVar("Of", Notice, OptOut, Reply, RecordRead, Book, Booking)


@dataclass(frozen=True)
class Stored:
    """`mediator` is the name of who follows the person, `merged` how many records were."""

    contact: Contact | None
    notices: Sequence[Notice]
    tries: Mapping[NoticeId, Sequence[CallTry]]
    opt_outs: Sequence[OptOut]
    replies: Sequence[Reply]
    readings: Sequence[RecordRead]
    books: Sequence[Book]
    bookings: Sequence[Booking]
    mediator: str | None
    merged: int
    journal: Sequence[RowMapping]


async def stored_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Stored:
    """Gather it, with what was left under the ids of records that were merged into theirs."""
    merged = await merged_into(reading, beneficiary_id)
    ids = [beneficiary_id, *merged]
    notices = await _all(reading, Notice, ids)
    return Stored(
        contact=await contact_of(reading, beneficiary_id),
        notices=notices,
        tries=await tries_of(reading, notices),
        opt_outs=await _all(reading, OptOut, ids),
        replies=await _all(reading, Reply, ids),
        readings=await _all(reading, RecordRead, ids),
        books=await _all(reading, Book, ids),
        bookings=await _all(reading, Booking, ids),
        mediator=await _mediator(reading, beneficiary_id),
        merged=len(merged),
        journal=await lines_about(reading, ids),
    )


async def _all(reading: Reading, kind: type[Of], ids: Collection[UUID]) -> Sequence[Of]:
    """In the order in which they were made."""
    query = select(kind).where(any_of(kind.beneficiary_id, ids)).order_by(*kind.__table__.primary_key)
    return (await reading.scalars(query)).all()


async def _mediator(reading: Reading, beneficiary_id: BeneficiaryId) -> str | None:
    query = select(Mediator.name).join(File, File.mediator_id == Mediator.id)
    return (await reading.scalars(query.where(File.beneficiary_id == beneficiary_id))).one_or_none()
