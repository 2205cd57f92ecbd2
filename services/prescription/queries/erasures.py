"""Who asked to be forgotten, what is due, what each service answered; and what is deleted when its time has come."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, case, cast, delete, exists, func, insert, literal, null, or_, select

from chassis.db import Reading, Transaction, any_of
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, RequestId
from services.prescription.model import (
    Beneficiary,
    Book,
    BookChange,
    Booking,
    Erasure,
    ErasureRequest,
    PastRecordAccess,
    RecordAccess,
    TroubledNotice,
    Voucher,
)
from services.prescription.model.figures import PastFigure
from services.prescription.model.record_access import FORGOTTEN, OURS
from services.prescription.queries.copies import forget_copies_of
from services.prescription.queries.steering import facts

PENDING = ErasureRequest.executed_at.is_(None), ErasureRequest.withdrawn_at.is_(None)
BOOKINGS_AT_A_TIME = 1000
COUNTS = ("month", "centre_id", "epci", "audiences", "books", "used", "hours", "days")


class NoSuchErasure(NotFound):
    def __init__(self) -> None:
        super().__init__("Aucune demande d'effacement ne porte ce numéro : vérifiez-le sur le papier remis.")


async def pending_request(reading: Reading, beneficiary_id: BeneficiaryId) -> ErasureRequest | None:
    """Loads the request of this person that waits; not under an id that was merged."""
    query = select(ErasureRequest).where(ErasureRequest.beneficiary_id == beneficiary_id, *PENDING)
    return (await reading.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def requests_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[ErasureRequest]:
    """Lists all that are known of this person, as they came."""
    query = select(ErasureRequest).where(ErasureRequest.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(ErasureRequest.asked_at))).all()


async def requests_for_update(tx: Transaction, people: Collection[UUID]) -> Sequence[ErasureRequest]:
    """Lock all that are known of these people, the one that is due first before the others."""
    query = select(ErasureRequest).where(any_of(ErasureRequest.beneficiary_id, people))
    return (await tx.scalars(query.order_by(ErasureRequest.due_at, ErasureRequest.id).with_for_update())).all()


async def request_or_none(reading: Reading, request_id: RequestId) -> ErasureRequest | None:
    return await reading.get(ErasureRequest, request_id)


async def request_of(reading: Reading, number: str) -> ErasureRequest | None:
    return (await reading.scalars(select(ErasureRequest).where(ErasureRequest.number == number))).one_or_none()


async def due_requests(reading: Reading, now: datetime) -> Sequence[BeneficiaryId]:
    """Lists who is to be erased now, the oldest request first."""
    query = select(ErasureRequest.beneficiary_id).where(ErasureRequest.due_at <= now, *PENDING)
    people = await reading.scalars(query.order_by(ErasureRequest.due_at, ErasureRequest.id))
    return [beneficiary_id for beneficiary_id in people if beneficiary_id]


async def erasure_requests(reading: Reading, most: int = 200) -> Sequence[ErasureRequest]:
    """Lists those that wait first, by their day; then the others, the newest first."""
    over = case((func.num_nulls(ErasureRequest.executed_at, ErasureRequest.withdrawn_at) == 2, 0), else_=1)  # noqa: PLR2004 - neither
    by_day = case((over == 0, ErasureRequest.due_at))
    query = select(ErasureRequest).order_by(over, by_day, ErasureRequest.asked_at.desc()).limit(most)
    return (await reading.scalars(query)).all()


async def executed_since(reading: Reading, since: datetime | None) -> Sequence[ErasureRequest]:
    query = select(ErasureRequest).where(ErasureRequest.executed_at.is_not(None))
    query = query.where(ErasureRequest.executed_at >= since) if since else query
    return (await reading.scalars(query.order_by(ErasureRequest.executed_at, ErasureRequest.id))).all()


async def forget_requests(tx: Transaction, before: datetime) -> None:
    """Delete what ended before then."""
    ended = func.coalesce(ErasureRequest.executed_at, ErasureRequest.withdrawn_at)
    await tx.execute(delete(ErasureRequest).where(ended < before))


async def erasures(reading: Reading, most: int = 200) -> Sequence[Erasure]:
    """Lists the open ones first."""
    query = select(Erasure).order_by(Erasure.closed_at.is_not(None), Erasure.asked_at.desc()).limit(most)
    return (await reading.scalars(query)).all()


async def erasure_numbered(reading: Reading, number: str) -> tuple[ErasureRequest | None, Erasure | None]:
    """Finds what was asked, unless it was the time of the person; and once it is done, who has answered.

    Raises NoSuchErasure.
    """
    written = number.strip().upper()
    request = (await reading.scalars(select(ErasureRequest).where(ErasureRequest.number == written))).one_or_none()
    done = (await reading.scalars(select(Erasure).where(Erasure.number == written))).one_or_none()
    if request is None and done is None:
        raise NoSuchErasure
    return request, done


async def erasures_for_update(tx: Transaction, ids: Collection[BeneficiaryId]) -> dict[BeneficiaryId, Erasure]:
    if not ids:
        return {}
    query = select(Erasure).where(any_of(Erasure.beneficiary_id, ids)).order_by(Erasure.id).with_for_update()
    return {erasure.beneficiary_id: erasure for erasure in await tx.scalars(query) if erasure.beneficiary_id}


async def long_gone(
    reading: Reading, last_day: date, now: datetime, among: Collection[BeneficiaryId] | None = None
) -> Sequence[BeneficiaryId]:
    """Lists who has neither hour, book nor registration since that day, and no session to come. All, or among some."""
    paris = func.timezone("Europe/Paris", Beneficiary.registered_at)
    recent_book = exists().where(
        Book.beneficiary_id == Beneficiary.id, func.timezone("Europe/Paris", Book.prescribed_at) > last_day
    )
    to_come = exists().where(
        Booking.beneficiary_id == Beneficiary.id, Booking.state == "confirmed", Booking.ends_at > now
    )
    recent_hour = func.coalesce(Beneficiary.last_hour_on, literal(date.min)) > last_day
    query = select(Beneficiary.id).where(paris <= last_day, ~recent_hour, ~recent_book, ~to_come)
    query = query if among is None else query.where(any_of(Beneficiary.id, among))
    return (await reading.scalars(query)).all()


async def forget_old_bookings(tx: Transaction, before: datetime) -> None:
    """Delete some of those that ended before that moment; what has no time is as old as its id."""
    ended = func.coalesce(Booking.ends_at, func.uuid_extract_timestamp(Booking.id))
    old = select(Booking.id).where(ended < before).limit(BOOKINGS_AT_A_TIME)
    gone = delete(Booking).where(Booking.id.in_(old)).returning(Booking.beneficiary_id, Booking.held_on, Booking.hours)
    held = gone.cte("held")
    of_whom = Beneficiary.centre_id, Beneficiary.epci, Beneficiary.audiences
    month = cast(func.date_trunc("month", held.c.held_on), Date)
    left = select(month, *of_whom, literal(0), literal(0), held.c.hours, null())
    left = left.join_from(held, Beneficiary, Beneficiary.id == held.c.beneficiary_id).where(held.c.hours > 0)
    await tx.execute(insert(PastFigure).from_select(COUNTS, left))


async def forget_old_notices(tx: Transaction, before: datetime) -> None:
    await tx.execute(delete(TroubledNotice).where(TroubledNotice.heard_at < before))


async def forget_person(tx: Transaction, beneficiary_id: BeneficiaryId, digest: bytes) -> None:
    """Delete everything about the person; figures of nobody stay, and who opened the record when, of a digest."""
    left = select(*(facts.c[name] for name in COUNTS)).where(facts.c.beneficiary_id == beneficiary_id)
    await tx.execute(insert(PastFigure).from_select(COUNTS, left))
    books = select(Book.id).where(Book.beneficiary_id == beneficiary_id)
    await tx.execute(delete(BookChange).where(BookChange.book_id.in_(books)))
    await tx.execute(delete(Voucher).where(Voucher.book_id.in_(books)))
    await forget_copies_of(tx, [beneficiary_id])
    await _record_past_accesses(tx, beneficiary_id, digest)
    for table in (Book, Booking, TroubledNotice, RecordAccess):
        await tx.execute(delete(table).where(table.beneficiary_id == beneficiary_id))
    await tx.execute(delete(Beneficiary).where(Beneficiary.id == beneficiary_id))


async def _record_past_accesses(tx: Transaction, beneficiary_id: BeneficiaryId, digest: bytes) -> None:
    """Reasons in people's own words may name the person."""
    ours = or_(RecordAccess.what == "changed", RecordAccess.why.in_(OURS))
    why = case((ours, RecordAccess.why), else_=FORGOTTEN)
    read = select(
        literal(digest),
        RecordAccess.subject,
        RecordAccess.name,
        RecordAccess.centre_id,
        RecordAccess.what,
        why,
        RecordAccess.at,
    )
    names = ("digest", "subject", "name", "centre_id", "what", "why", "at")
    mine = read.where(RecordAccess.beneficiary_id == beneficiary_id).order_by(RecordAccess.id)
    await tx.execute(insert(PastRecordAccess).from_select(names, mine))
