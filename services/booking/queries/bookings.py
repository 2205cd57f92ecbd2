"""Bookings and offers; also under the locks of their sessions and wallets, so that what is read of them stays so."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, or_, select, text, update

from chassis.db import Reading, Transaction, any_of
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, BookingId, CentreId, SessionId
from services.booking.model import Booking, LedgerEntry, Person, Session, Voucher, WaitingPerson, Wallet
from services.booking.model.booking import SEATED
from services.booking.queries.sessions import session_for_update
from services.booking.queries.wallets import wallets_for_update


class NoSuchBooking(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette réservation n'existe pas, ou elle est trop ancienne.")


async def booking(reading: Reading, booking_id: BookingId) -> Booking:
    booking = await reading.get(Booking, booking_id, populate_existing=True)
    if booking is None:
        raise NoSuchBooking
    return booking


async def booking_of_code(reading: Reading, code: str) -> Booking:
    """Find what a resident's link speaks of. Raises NoSuchBooking."""
    booking = (await reading.scalars(select(Booking).where(Booking.code == code))).one_or_none()
    if booking is None or booking.beneficiary_id is None:
        raise NoSuchBooking
    return booking


async def bookings_in(reading: Reading, session_id: SessionId, *states: str) -> Sequence[Booking]:
    """List a session's bookings of these states as they are now, by seat."""
    query = select(Booking).where(Booking.session_id == session_id, Booking.state.in_(states))
    return await _as_they_are(reading, query)


async def to_call_off(tx: Transaction, sessions: Collection[SessionId]) -> Sequence[Booking]:
    """List what their cancellation gives back: seats, and late cancellations that counted as absences."""
    costs = or_(Booking.state == "confirmed", Booking.late_at.is_not(None))
    theirs = any_of(Booking.session_id, sessions), Booking.beneficiary_id.is_not(None)
    return await _as_they_are(tx, select(Booking).where(*theirs, costs))


async def _as_they_are(reading: Reading, query: Select[Booking]) -> Sequence[Booking]:
    ordered = query.order_by(Booking.seat, Booking.id)
    return (await reading.scalars(ordered.execution_options(populate_existing=True))).all()


async def seats_known(reading: Reading, sessions: Collection[UUID], bookings: Collection[UUID]) -> dict[UUID, Booking]:
    """Map by id those in these sessions, and these."""
    theirs = or_(any_of(Booking.session_id, sessions), any_of(Booking.id, bookings))
    return {
        booking.id: booking for booking in await reading.scalars(select(Booking).where(theirs).order_by(Booking.id))
    }


async def bookings_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Row[Booking, Session]]:
    """List a person's bookings with their sessions, the next first."""
    query = select(Booking, Session).join(Session, Session.id == Booking.session_id)
    query = query.where(Booking.beneficiary_id == beneficiary_id).order_by(Booking.starts_at.desc())
    return (await reading.execute(query)).all()


async def seats_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Booking]:
    """List what a person is offered or has, the soonest first."""
    mine = Booking.beneficiary_id == beneficiary_id, Booking.state.in_(("offered", "confirmed"))
    return (await reading.scalars(select(Booking).where(*mine).order_by(Booking.starts_at))).all()


async def seats_by_person(reading: Reading, people: Collection[UUID]) -> defaultdict[UUID, list[Booking]]:
    """Map to each person the seats that they have or are offered, the soonest first."""
    query = select(Booking).where(any_of(Booking.beneficiary_id, people), text(SEATED))
    seats: defaultdict[UUID, list[Booking]] = defaultdict(list)
    for booking in await reading.scalars(query.order_by(Booking.starts_at)):
        seats[booking.person].append(booking)
    return seats


async def sessions_of(reading: Reading, people: Collection[UUID]) -> set[SessionId]:
    """Say where they have a seat, or wait for one."""
    seats = select(Booking.session_id).where(
        any_of(Booking.beneficiary_id, people), Booking.state.in_(("offered", "confirmed"))
    )
    waits = select(WaitingPerson.session_id).where(any_of(WaitingPerson.beneficiary_id, people))
    return {*await reading.scalars(seats), *await reading.scalars(waits)}


async def sessions_of_bookings(reading: Reading, ids: Collection[UUID]) -> dict[UUID, Session]:
    """Map each booking to its session."""
    query = select(Booking.id, Session).join(Session, Session.id == Booking.session_id).where(any_of(Booking.id, ids))
    return dict((await reading.execute(query)).all())


async def spent_on(reading: Reading, bookings: Collection[BookingId]) -> set[BookingId]:
    """Say which of these cost vouchers."""
    query = select(Voucher.booking_id).where(any_of(Voucher.booking_id, bookings), Voucher.state == "consumed")
    return {booking_id for booking_id in await reading.scalars(query) if booking_id}


async def attended_of(reading: Reading, beneficiary_id: BeneficiaryId, but: BookingId) -> Sequence[Booking]:
    mine = Booking.beneficiary_id == beneficiary_id, Booking.state == "attended", Booking.id != but
    return (await reading.scalars(select(Booking).where(*mine))).all()


async def coming_of_centre(
    reading: Reading, centre_id: CentreId, now: datetime
) -> Sequence[Row[Booking, Session, Person]]:
    """List the seats to come of the people whom a centre follows, the soonest first."""
    query = select(Booking, Session, Person).join(Session, Session.id == Booking.session_id)
    query = query.join(Person, Person.beneficiary_id == Booking.beneficiary_id)
    query = query.where(Person.centre_id == centre_id, Booking.state == "confirmed", Booking.starts_at > now)
    return (await reading.execute(query.order_by(Booking.starts_at).limit(200))).all()


async def unmarked(reading: Reading, sessions: Collection[SessionId]) -> set[SessionId]:
    """Say in which of these someone is still neither there nor absent."""
    query = select(Booking.session_id).where(any_of(Booking.session_id, sessions), Booking.state == "confirmed")
    return {*await reading.scalars(query)}


async def unmarked_seats(reading: Reading, before: datetime) -> Sequence[BookingId]:
    """List the seats in sessions that ended before, of which nobody has said who was there."""
    query = select(Booking.id).where(Booking.ends_at < before, Booking.state == "confirmed")
    return (await reading.scalars(query.order_by(Booking.ends_at))).all()


async def never_marked(tx: Transaction, before: datetime, among: Collection[BookingId]) -> Sequence[Booking]:
    """List which of these seats nobody has marked, as they are now."""
    unmarked = Booking.ends_at < before, Booking.state == "confirmed", any_of(Booking.id, among)
    query = select(Booking).where(*unmarked).order_by(Booking.ends_at)
    return (await tx.scalars(query.execution_options(populate_existing=True))).all()


async def old_bookings(tx: Transaction, before: datetime) -> Sequence[Row[BookingId, BeneficiaryId | None]]:
    """List (id, beneficiary_id) of those that ended before and are still somebody's, without what is unmarked."""
    theirs = Booking.beneficiary_id.is_not(None), Booking.state != "confirmed"
    query = select(Booking.id, Booking.beneficiary_id).where(Booking.ends_at < before, *theirs)
    return (await tx.execute(query.order_by(Booking.ends_at).limit(5000))).all()


async def forget_whose(tx: Transaction, bookings: Collection[BookingId], people: Collection[UUID | None]) -> None:
    """Forget whose these bookings of these people were, who made them, and which vouchers paid for them."""
    paid = any_of(Voucher.beneficiary_id, people), any_of(Voucher.booking_id, bookings)
    moved = any_of(LedgerEntry.beneficiary_id, people), any_of(LedgerEntry.booking_id, bookings)
    await tx.execute(update(Voucher).where(*paid).values(booking_id=None))
    await tx.execute(update(LedgerEntry).where(*moved).values(booking_id=None))
    await tx.execute(update(Booking).where(any_of(Booking.id, bookings)).values(beneficiary_id=None, by_id=None))


async def booking_for_update(tx: Transaction, booking_id: BookingId) -> tuple[Booking, Session, Wallet]:
    """Lock its session, then its wallet; read it under these locks. Raises NoSuchBooking, AlreadyMarked."""
    session = await session_for_update(tx, (await booking(tx, booking_id)).session_id)

    async def read() -> Sequence[Booking]:
        return [await booking(tx, booking_id)]

    (current,), wallets = await with_wallets_for_update(tx, read)
    return current, session, wallets[current.person]


async def with_wallets_for_update(
    tx: Transaction, read: Callable[[], Awaitable[Sequence[Booking]]]
) -> tuple[Sequence[Booking], dict[UUID, Wallet]]:
    """Read again under the wallets' locks: a merge or an erasure may have given a booking to another meanwhile."""
    wallets: dict[UUID, Wallet] = {}
    while True:
        bookings = await read()
        owners = {booking.person for booking in bookings}
        if owners <= wallets.keys():
            return bookings, wallets
        wallets = await wallets_for_update(tx, owners)
