"""What a person may ask of us: who read their record, and to be forgotten."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Date, case, cast, delete, exists, func, insert, literal, null, or_, select

from chassis.db import Reading as ReadingSession
from chassis.db import Transaction, any_of
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId
from services.prescription.model import (
    Beneficiary,
    Book,
    Booking,
    Change,
    Erasure,
    ErasureRequest,
    PastReading,
    Reading,
    TroubledNotice,
    Voucher,
)
from services.prescription.model.figures import PastFigure
from services.prescription.model.reading import FORGOTTEN, OURS
from services.prescription.queries.copies import forget_copies_of
from services.prescription.queries.steering import facts

BOOKINGS_AT_A_TIME = 1000
COUNTS = ("month", "centre_id", "epci", "audiences", "books", "used", "hours", "days")


class NoSuchErasure(NotFound):
    def __init__(self) -> None:
        super().__init__("Aucune demande d'effacement ne porte ce numéro : vérifiez-le sur le papier remis.")


async def readings_of(reading: ReadingSession, beneficiary_id: BeneficiaryId) -> Sequence[Reading]:
    query = select(Reading).where(Reading.beneficiary_id == beneficiary_id).order_by(Reading.at.desc())
    return (await reading.scalars(query)).all()


async def reason_given(
    reading: ReadingSession, beneficiary_id: BeneficiaryId, subject: str, since: datetime
) -> str | None:
    """Why this agent opened the record, when it was not long ago."""
    mine = Reading.beneficiary_id == beneficiary_id, Reading.subject == subject, Reading.what == "opened"
    query = select(Reading.why).where(*mine, Reading.at > since).order_by(Reading.at.desc()).limit(1)
    why: str | None = await reading.scalar(query)
    return why


async def erasures(reading: ReadingSession, most: int = 200) -> Sequence[Erasure]:
    """The open ones first."""
    query = select(Erasure).order_by(Erasure.closed_at.is_not(None), Erasure.asked_at.desc()).limit(most)
    return (await reading.scalars(query)).all()


async def erasure_numbered(reading: ReadingSession, number: str) -> tuple[ErasureRequest | None, Erasure | None]:
    """What was asked, unless it was the time of the person; and once it is done, who has answered.

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
    reading: ReadingSession, last_day: date, now: datetime, among: Collection[BeneficiaryId] | None = None
) -> Sequence[BeneficiaryId]:
    """Neither an hour, nor a book, nor a registration since that day; and no session to come. All, or of some."""
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
    """Some of those that ended before that moment; what is told of no time is as old as its id."""
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


async def forget_readings(tx: Transaction, before: datetime) -> None:
    """Of those whose record is here, and of the erased."""
    for table in (Reading, PastReading):
        await tx.execute(delete(table).where(table.at < before))


async def forget_person(tx: Transaction, beneficiary_id: BeneficiaryId, digest: bytes) -> None:
    """Everything about the person; figures of nobody stay, and who read when, of a digest."""
    left = select(*(facts.c[name] for name in COUNTS)).where(facts.c.beneficiary_id == beneficiary_id)
    await tx.execute(insert(PastFigure).from_select(COUNTS, left))
    books = select(Book.id).where(Book.beneficiary_id == beneficiary_id)
    await tx.execute(delete(Change).where(Change.book_id.in_(books)))
    await tx.execute(delete(Voucher).where(Voucher.book_id.in_(books)))
    await forget_copies_of(tx, [beneficiary_id])
    await _record_past_readings(tx, beneficiary_id, digest)
    for table in (Book, Booking, TroubledNotice, Reading):
        await tx.execute(delete(table).where(table.beneficiary_id == beneficiary_id))
    await tx.execute(delete(Beneficiary).where(Beneficiary.id == beneficiary_id))


async def _record_past_readings(tx: Transaction, beneficiary_id: BeneficiaryId, digest: bytes) -> None:
    """Reasons in people's own words may name the person."""
    ours = or_(Reading.what == "changed", Reading.why.in_(OURS))
    why = case((ours, Reading.why), else_=FORGOTTEN)
    read = select(literal(digest), Reading.subject, Reading.name, Reading.centre_id, Reading.what, why, Reading.at)
    names = ("digest", "subject", "name", "centre_id", "what", "why", "at")
    mine = read.where(Reading.beneficiary_id == beneficiary_id).order_by(Reading.id)
    await tx.execute(insert(PastReading).from_select(names, mine))
