"""Waiting lists, and the seats offered to those who are on them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, exists, func, or_, select

from chassis.db import Reading, Transaction, one_of
from contracts.ids import BeneficiaryId, BookingId, SessionId
from services.booking.model import Booking, Session, Voucher, WaitingPerson
from services.booking.queries.seats import HAS_SEATS


async def ended_offers(reading: Reading, now: datetime) -> Sequence[Row[BookingId, SessionId]]:
    """Offers that nobody answered in time, the oldest first."""
    query = select(Booking.id, Booking.session_id).where(Booking.state == "offered", Booking.offered_until <= now)
    return (await reading.execute(query.order_by(Booking.offered_until).limit(500))).all()


async def waiting_of(reading: Reading, session_id: SessionId) -> Sequence[WaitingPerson]:
    """In order of arrival."""
    query = select(WaitingPerson).where(WaitingPerson.session_id == session_id).order_by(WaitingPerson.place)
    return (await reading.scalars(query)).all()


async def waiting_among(
    tx: Transaction, sessions: Collection[SessionId], people: Collection[UUID]
) -> dict[tuple[SessionId, BeneficiaryId], WaitingPerson]:
    """Which of these people are on the lists of these sessions."""
    among = one_of(WaitingPerson.session_id, sessions), one_of(WaitingPerson.beneficiary_id, people)
    return {(one.session_id, one.beneficiary_id): one for one in await tx.scalars(select(WaitingPerson).where(*among))}


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
