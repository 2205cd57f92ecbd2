"""Sessions and bookings."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Row, Select, and_, exists, func, or_, select, text

from chassis.clock import PARIS
from chassis.db import Reading, Transaction, any_of
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, BookingId, CentreId, SessionId
from services.booking.model import Booking, Mediator, Person, Session, Voucher, WaitingPerson
from services.booking.model.booking import SEATED

HAS_SEATS = Session.capacity > Session.seats_given - func.cardinality(Session.seats_back)


class NoSuchSession(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette séance n'est pas encore connue ici. Réessayez dans quelques secondes.")


class NoSuchBooking(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette réservation n'existe pas, ou elle est trop ancienne.")


async def session(reading: Reading, session_id: SessionId) -> Session:
    found = await reading.get(Session, session_id)
    if found is None:
        raise NoSuchSession
    return found


async def sessions_by_id(reading: Reading, ids: Collection[UUID]) -> dict[UUID, Session]:
    return {one.id: one for one in await reading.scalars(select(Session).where(any_of(Session.id, ids)))}


async def sessions_of_bookings(reading: Reading, ids: Collection[UUID]) -> dict[UUID, Session]:
    """By booking."""
    query = select(Booking.id, Session).join(Session, Session.id == Booking.session_id).where(any_of(Booking.id, ids))
    return dict((await reading.execute(query)).all())


async def session_locked(tx: Transaction, session_id: SessionId) -> Session:
    found = (await sessions_locked(tx, {session_id})).get(session_id)
    if found is None:
        raise NoSuchSession
    return found


async def sessions_locked(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Session]:
    """In the order of their ids, so that two transactions never wait for each other."""
    query = select(Session).where(any_of(Session.id, ids)).order_by(Session.id).with_for_update()
    found = await tx.scalars(query.execution_options(populate_existing=True))
    return {session.id: session for session in found}


async def seats_by_person(reading: Reading, people: Collection[UUID]) -> defaultdict[UUID, list[Booking]]:
    """Those they have or are offered, the soonest first."""
    query = select(Booking).where(any_of(Booking.beneficiary_id, people), text(SEATED))
    found: defaultdict[UUID, list[Booking]] = defaultdict(list)
    for booking in await reading.scalars(query.order_by(Booking.starts_at)):
        found[booking.person].append(booking)
    return found


async def booking(reading: Reading, booking_id: BookingId) -> Booking:
    found = await reading.get(Booking, booking_id, populate_existing=True)
    if found is None:
        raise NoSuchBooking
    return found


async def booking_of_code(reading: Reading, code: str) -> Booking:
    """That a resident's link speaks of. Raises NoSuchBooking."""
    found = (await reading.scalars(select(Booking).where(Booking.code == code))).one_or_none()
    if found is None or found.beneficiary_id is None:
        raise NoSuchBooking
    return found


async def bookings_in(reading: Reading, session_id: SessionId, *states: str) -> Sequence[Booking]:
    """As they are now, by seat."""
    query = select(Booking).where(Booking.session_id == session_id, Booking.state.in_(states))
    return await _as_they_are(reading, query)


async def to_call_off(tx: Transaction, sessions: Collection[SessionId]) -> Sequence[Booking]:
    """What their cancellation gives back: seats, and late cancellations that counted as absences."""
    costs = or_(Booking.state == "confirmed", Booking.late_at.is_not(None))
    theirs = any_of(Booking.session_id, sessions), Booking.beneficiary_id.is_not(None)
    return await _as_they_are(tx, select(Booking).where(*theirs, costs))


async def _as_they_are(reading: Reading, query: Select[Booking]) -> Sequence[Booking]:
    ordered = query.order_by(Booking.seat, Booking.id)
    return (await reading.scalars(ordered.execution_options(populate_existing=True))).all()


async def spent_on(reading: Reading, bookings: Collection[BookingId]) -> set[BookingId]:
    """Of these, those that cost vouchers."""
    query = select(Voucher.booking_id).where(any_of(Voucher.booking_id, bookings), Voucher.state == "consumed")
    return {one for one in await reading.scalars(query) if one}


async def bookings_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Row[Booking, Session]]:
    """With their sessions, the next first."""
    query = select(Booking, Session).join(Session, Session.id == Booking.session_id)
    query = query.where(Booking.beneficiary_id == beneficiary_id).order_by(Booking.starts_at.desc())
    return (await reading.execute(query)).all()


async def seats_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Booking]:
    """Offered or confirmed, the soonest first."""
    mine = Booking.beneficiary_id == beneficiary_id, Booking.state.in_(("offered", "confirmed"))
    return (await reading.scalars(select(Booking).where(*mine).order_by(Booking.starts_at))).all()


async def sessions_of(reading: Reading, people: Collection[UUID]) -> set[SessionId]:
    """Where they have a seat, or wait for one."""
    seats = select(Booking.session_id).where(
        any_of(Booking.beneficiary_id, people), Booking.state.in_(("offered", "confirmed"))
    )
    waits = select(WaitingPerson.session_id).where(any_of(WaitingPerson.beneficiary_id, people))
    return {*await reading.scalars(seats), *await reading.scalars(waits)}


async def attended_of(reading: Reading, beneficiary_id: BeneficiaryId, but: BookingId) -> Sequence[Booking]:
    mine = Booking.beneficiary_id == beneficiary_id, Booking.state == "attended", Booking.id != but
    return (await reading.scalars(select(Booking).where(*mine))).all()


async def sessions_of_day(reading: Reading, mediator: Mediator, now: datetime) -> Sequence[Session]:
    """Of the mediator and of their spaces: yesterday, today and tomorrow in France, and older ones not yet marked."""
    today = datetime.combine(now.astimezone(PARIS), time(), PARIS)
    near = and_(Session.starts_at >= today - timedelta(days=1), Session.starts_at < today + timedelta(days=2))
    unmarked = exists().where(Booking.session_id == Session.id, Booking.state == "confirmed")
    late = and_(Session.ends_at < now, unmarked)
    mine = or_(Session.mediator_id == mediator.id, any_of(Session.space_id, mediator.space_ids))
    query = select(Session).where(mine, Session.state == "scheduled", or_(near, late))
    return (await reading.scalars(query.order_by(Session.starts_at))).all()


async def unmarked(reading: Reading, sessions: Collection[SessionId]) -> set[SessionId]:
    """Of these, those where someone is still neither there nor absent."""
    query = select(Booking.session_id).where(any_of(Booking.session_id, sessions), Booking.state == "confirmed")
    return {*await reading.scalars(query)}


async def coming_of_centre(
    reading: Reading, centre_id: CentreId, now: datetime
) -> Sequence[Row[Booking, Session, Person]]:
    """Seats to come of the people whom a centre follows, the soonest first."""
    query = select(Booking, Session, Person).join(Session, Session.id == Booking.session_id)
    query = query.join(Person, Person.beneficiary_id == Booking.beneficiary_id)
    query = query.where(Person.centre_id == centre_id, Booking.state == "confirmed", Booking.starts_at > now)
    return (await reading.execute(query.order_by(Booking.starts_at).limit(200))).all()


async def unmarked_seats(reading: Reading, before: datetime) -> Sequence[BookingId]:
    """Seats in sessions that ended before, of which nobody has said who was there."""
    query = select(Booking.id).where(Booking.ends_at < before, Booking.state == "confirmed")
    return (await reading.scalars(query.order_by(Booking.ends_at))).all()


async def never_marked(tx: Transaction, before: datetime, among: Collection[BookingId]) -> Sequence[Booking]:
    """Of these seats; as they are now."""
    unmarked = Booking.ends_at < before, Booking.state == "confirmed", any_of(Booking.id, among)
    query = select(Booking).where(*unmarked).order_by(Booking.ends_at)
    return (await tx.scalars(query.execution_options(populate_existing=True))).all()


async def old_bookings(tx: Transaction, before: datetime) -> Sequence[Row[BookingId, BeneficiaryId | None]]:
    """(id, beneficiary_id) of those that ended before and are still somebody's, what is unmarked aside."""
    theirs = Booking.beneficiary_id.is_not(None), Booking.state != "confirmed"
    query = select(Booking.id, Booking.beneficiary_id).where(Booking.ends_at < before, *theirs)
    return (await tx.execute(query.order_by(Booking.ends_at).limit(5000))).all()
