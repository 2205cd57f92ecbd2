"""Sessions, bookings, offers, waiting lists."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, and_, exists, func, or_, select

from chassis.db import Reading, Transaction, one_of
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, BookingId, CentreId, SessionId
from services.booking.model import Booking, Mediator, Person, Session, Voucher, WaitingPerson

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


async def session_locked(tx: Transaction, session_id: SessionId) -> Session:
    found = (await sessions_locked(tx, {session_id})).get(session_id)
    if found is None:
        raise NoSuchSession
    return found


async def sessions_locked(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Session]:
    """In the order of their ids, so that two transactions never wait for each other."""
    query = select(Session).where(one_of(Session.id, ids)).order_by(Session.id).with_for_update()
    found = await tx.scalars(query.execution_options(populate_existing=True))
    return {session.id: session for session in found}


async def confirmed_of(reading: Reading, people: Collection[UUID]) -> defaultdict[UUID, list[Booking]]:
    """By person, the seats they have."""
    query = select(Booking).where(one_of(Booking.beneficiary_id, people), Booking.state == "confirmed")
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
    query = select(Booking).where(Booking.session_id == session_id, Booking.state.in_(states))
    return (await reading.scalars(query.order_by(Booking.seat, Booking.id))).all()


async def spent_on(reading: Reading, bookings: Collection[BookingId]) -> set[BookingId]:
    """Of these, those that cost vouchers."""
    query = select(Voucher.booking_id).where(one_of(Voucher.booking_id, bookings), Voucher.state == "consumed")
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
        one_of(Booking.beneficiary_id, people), Booking.state.in_(("offered", "confirmed"))
    )
    waits = select(WaitingPerson.session_id).where(one_of(WaitingPerson.beneficiary_id, people))
    return {*await reading.scalars(seats), *await reading.scalars(waits)}


async def attended_of(reading: Reading, beneficiary_id: BeneficiaryId, but: BookingId) -> Sequence[Booking]:
    mine = Booking.beneficiary_id == beneficiary_id, Booking.state == "attended", Booking.id != but
    return (await reading.scalars(select(Booking).where(*mine))).all()


async def ended_offers(reading: Reading, now: datetime) -> Sequence[Row[BookingId, SessionId]]:
    """Offers that nobody answered in time, the oldest first."""
    query = select(Booking.id, Booking.session_id).where(Booking.state == "offered", Booking.offered_until <= now)
    return (await reading.execute(query.order_by(Booking.offered_until).limit(500))).all()


async def waiting_of(reading: Reading, session_id: SessionId) -> Sequence[WaitingPerson]:
    """In order of arrival."""
    query = select(WaitingPerson).where(WaitingPerson.session_id == session_id).order_by(WaitingPerson.place)
    return (await reading.scalars(query)).all()


async def next_waiting(tx: Transaction, session: Session, seats: int) -> Sequence[WaitingPerson]:
    """In order of arrival: they have the vouchers, no other session then, and no offer of this one yet."""
    vouchers = select(func.count()).where(Voucher.beneficiary_id == WaitingPerson.beneficiary_id)
    enough = vouchers.where(Voucher.state == "available").scalar_subquery() >= session.price
    mine = exists().where(Booking.beneficiary_id == WaitingPerson.beneficiary_id)
    elsewhere = mine.where(
        Booking.state == "confirmed", Booking.starts_at < session.ends_at, Booking.ends_at > session.starts_at
    )
    offered = mine.where(Booking.session_id == session.id, Booking.state == "offered")
    query = select(WaitingPerson).where(WaitingPerson.session_id == session.id, enough, ~elsewhere, ~offered)
    return (await tx.scalars(query.order_by(WaitingPerson.place).limit(seats))).all()


async def waits_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Row[WaitingPerson, Session]]:
    """The lists that a person is on, the soonest session first."""
    query = select(WaitingPerson, Session).join(Session, Session.id == WaitingPerson.session_id)
    query = query.where(WaitingPerson.beneficiary_id == beneficiary_id).order_by(Session.starts_at)
    return (await reading.execute(query)).all()


async def sessions_to_pass_on(reading: Reading, now: datetime) -> Sequence[SessionId]:
    """Those with a waiting list, and either a free seat or a start that is past."""
    free = or_(HAS_SEATS, Session.starts_at <= now, Session.state == "cancelled")
    query = select(Session.id).where(Session.waiting > 0, free).order_by(Session.starts_at)
    return (await reading.scalars(query.limit(200))).all()


async def sessions_of_day(reading: Reading, mediator: Mediator, now: datetime) -> Sequence[Session]:
    """Of the mediator and of their spaces: from yesterday to tomorrow, and older ones that nobody has marked."""
    near = Session.starts_at.between(now - timedelta(days=1), now + timedelta(days=1))
    unmarked = exists().where(Booking.session_id == Session.id, Booking.state == "confirmed")
    late = and_(Session.ends_at < now, unmarked)
    mine = or_(Session.mediator_id == mediator.id, one_of(Session.space_id, mediator.space_ids))
    query = select(Session).where(mine, Session.state == "scheduled", or_(near, late))
    return (await reading.scalars(query.order_by(Session.starts_at))).all()


async def unmarked(reading: Reading, sessions: Collection[SessionId]) -> set[SessionId]:
    """Of these, those where someone is still neither there nor absent."""
    query = select(Booking.session_id).where(one_of(Booking.session_id, sessions), Booking.state == "confirmed")
    return {*await reading.scalars(query)}


async def coming_of_centre(
    reading: Reading, centre_id: CentreId, now: datetime
) -> Sequence[Row[Booking, Session, Person]]:
    """Seats to come of the people whom a centre follows, the soonest first."""
    query = select(Booking, Session, Person).join(Session, Session.id == Booking.session_id)
    query = query.join(Person, Person.beneficiary_id == Booking.beneficiary_id)
    query = query.where(Person.centre_id == centre_id, Booking.state == "confirmed", Booking.starts_at > now)
    return (await reading.execute(query.order_by(Booking.starts_at).limit(200))).all()
