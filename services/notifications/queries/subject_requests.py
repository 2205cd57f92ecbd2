"""All that is stored of a person, forgetting it, what is too old, who is merged into whom. Rules 5 and 27."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, any_, delete, func, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from chassis.db import Reading, Transaction, any_of
from chassis.journal import lines_about
from contracts.ids import BeneficiaryId, NoticeId
from services.notifications.model import (
    ANONYMOUS,
    Book,
    Booking,
    CallTry,
    Contact,
    File,
    Mediator,
    Merged,
    Notice,
    OptOut,
    Receipt,
    RecordRead,
    Reply,
    Session,
    Trouble,
)
from services.notifications.queries.pages import contact_of, tries_of
from services.notifications.queries.people import merged_into

SETTLED = ("sent", "delivered", "failed", "dropped")
AT_ONCE = 5000
FRESH = {"synchronize_session": False}
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


async def forget_contents(tx: Transaction, settled_before: datetime) -> int:
    """Forget the words of what was settled before then. How many."""
    old = Notice.settled_at < settled_before, Notice.state.in_(SETTLED)
    written = or_(Notice.content.is_not(None), Notice.subject.is_not(None))
    bare = update(Notice).where(_some(*old, written)).values(subject=None, content=None).returning(Notice.id)
    return len((await tx.execute(bare.execution_options(**FRESH))).all())


async def forget_replies(tx: Transaction, before: datetime) -> None:
    """Forget what people wrote back before then, read or not."""
    await tx.execute(delete(Reply).where(Reply.at < before))


async def forget_contents_of(tx: Transaction, person: BeneficiaryId) -> None:
    bare = update(Notice).where(Notice.beneficiary_id == person).values(subject=None, content=None, sent_to=None)
    await tx.execute(bare.execution_options(**FRESH))


async def anonymise(tx: Transaction, settled_before: datetime) -> int:
    """Leave what counts: which kind, by which channel, what became of it, on which day. How many."""
    old = Notice.settled_at < settled_before, Notice.state.in_(SETTLED), Notice.beneficiary_id != ANONYMOUS
    return len((await tx.execute(_nobody(_some(*old)))).all())


def _some(*of: ColumnElement[bool]) -> ColumnElement[bool]:
    """So many of these. As an array: a plan that joins them with all notices would look at each pair."""
    ids = select(Notice.id).where(*of).limit(AT_ONCE).scalar_subquery()
    return Notice.id == any_(func.array(ids))


def _nobody(of: ColumnElement[bool]) -> ReturningUpdate[NoticeId]:
    """Neither the id nor a moment of it is that of the events that name the person."""
    day = func.date_trunc("day", Notice.created_at)
    values = {
        "beneficiary_id": ANONYMOUS, "about_id": func.gen_random_uuid(), "booking_id": None, "session_id": None,
        "mediator_id": None, "subject": None, "content": None, "sent_to": None, "reason": None,
        "correlation": "", "provider_id": None,
        "carrier_id": None, "created_at": day, "due_at": day, "expires_at": None, "check_at": None,
        "id": func.gen_random_uuid(), "sent_at": func.date_trunc("day", Notice.sent_at),
        "settled_at": func.date_trunc("day", Notice.settled_at),
    }  # fmt: skip
    return update(Notice).where(of).values(values).returning(Notice.id).execution_options(**FRESH)


async def forget_readings(tx: Transaction, before: datetime) -> None:
    await tx.execute(delete(RecordRead).where(RecordRead.at < before))


async def drop_old_replicas(tx: Transaction, before: datetime) -> None:
    """Drop what is over: bookings, sessions, receipts, troubles of yesterday, calls of notices that name nobody."""
    await tx.execute(delete(Booking).where(Booking.ends_at < before))
    await tx.execute(delete(Session).where(Session.ends_at < before))
    await tx.execute(delete(CallTry).where(CallTry.at < before))
    await tx.execute(delete(Receipt).where(Receipt.at < tx.now - timedelta(days=7)))
    await tx.execute(delete(Trouble).where(Trouble.at < tx.now - timedelta(days=1)))


async def stop_what_is_under_way(tx: Transaction, people: Collection[BeneficiaryId]) -> None:
    """Lock all of their notices: whoever had one may have made another of it, by the next channel."""
    theirs = select(Notice.id).where(any_of(Notice.beneficiary_id, people)).order_by(Notice.id).with_for_update()
    before, now = None, {*await tx.scalars(theirs)}
    while before != now:
        before, now = now, {*await tx.scalars(theirs)}


async def forget_person(tx: Transaction, people: Collection[BeneficiaryId]) -> None:
    """Forget everything of them. Proofs of sending stay as figures."""
    theirs = any_of(Notice.beneficiary_id, people)
    mine = select(Notice.id).where(theirs).scalar_subquery()
    await tx.execute(delete(CallTry).where(CallTry.notice_id.in_(mine)))
    await tx.execute(delete(Notice).where(theirs, Notice.state.in_(["scheduled", "by_hand"])))
    settled = update(Notice).where(theirs, Notice.state == "sending").values(state="dropped", settled_at=tx.now)
    await tx.execute(settled.execution_options(**FRESH))
    await tx.execute(_nobody(theirs))
    for table in (Contact, Reply, File, Booking, Book, OptOut):
        await tx.execute(delete(table).where(table.beneficiary_id.in_(people)))
    await tx.execute(delete(Merged).where(any_of(Merged.kept_id, people)))


async def forget_whom_they_read(tx: Transaction, person: BeneficiaryId, digest: bytes) -> None:
    """Leave who read and when: reasons in people's own words may name the person."""
    nobody = {"beneficiary_id": ANONYMOUS, "digest": digest, "why": "raison effacée", "opening": False}
    read = update(RecordRead).where(RecordRead.beneficiary_id == person).values(nobody)
    await tx.execute(read.execution_options(**FRESH))


async def move_person(tx: Transaction, merged: BeneficiaryId, survivor: BeneficiaryId) -> None:
    """Give what is of the merged record to the other; what both stopped is stopped once."""
    same = select(OptOut.channel, OptOut.kind).where(OptOut.beneficiary_id == survivor)
    for channel, kind in (await tx.execute(same)).all():
        twin = OptOut.beneficiary_id == merged, OptOut.channel == channel, OptOut.kind.is_not_distinct_from(kind)
        await tx.execute(delete(OptOut).where(*twin))
    followed = select(File.beneficiary_id).where(File.beneficiary_id == survivor)
    await tx.execute(delete(File).where(File.beneficiary_id == merged, followed.exists()))
    for table in (Notice, Reply, File, Booking, Book, OptOut, RecordRead):
        moved = update(table).where(table.beneficiary_id == merged).values(beneficiary_id=survivor)
        await tx.execute(moved.execution_options(**FRESH))
    chained = update(Merged).where(Merged.kept_id == merged).values(kept_id=survivor)
    await tx.execute(chained.execution_options(**FRESH))
    await tx.merge(Merged(merged_id=merged, kept_id=survivor))
    await tx.execute(delete(Contact).where(Contact.beneficiary_id == merged))
