"""Waiting lists, and the seats offered to those who are on them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select

from chassis.db import Reading, Transaction, any_of
from contracts.ids import BeneficiaryId, BookingId, SessionId
from services.booking.model import Booking, Session, Voucher, WaitingPerson
from services.booking.queries.sessions import HAS_SEATS


async def ended_offers(reading: Reading, now: datetime) -> Sequence[Row[BookingId, SessionId]]:
    """List the offers that nobody answered in time, the oldest first."""
    query = select(Booking.id, Booking.session_id).where(Booking.state == "offered", Booking.offered_until <= now)
    return (await reading.execute(query.order_by(Booking.offered_until))).all()


async def waiting_of(reading: Reading, session_id: SessionId) -> Sequence[WaitingPerson]:
    """List who waits, in order of arrival."""
    query = select(WaitingPerson).where(WaitingPerson.session_id == session_id).order_by(WaitingPerson.place)
    return (await reading.scalars(query)).all()


async def waiting_among(
    tx: Transaction, sessions: Collection[SessionId], people: Collection[UUID]
) -> dict[tuple[SessionId, BeneficiaryId], WaitingPerson]:
    """Say which of these people are on the lists of these sessions."""
    among = any_of(WaitingPerson.session_id, sessions), any_of(WaitingPerson.beneficiary_id, people)
    return {
        (person.session_id, person.beneficiary_id): person
        for person in await tx.scalars(select(WaitingPerson).where(*among))
    }


async def next_waiting(tx: Transaction, session: Session, seats: int) -> Sequence[WaitingPerson]:
    """List who can take a seat, in order of arrival: with vouchers, no other session then, no offer of this one yet."""
    query = select(WaitingPerson).where(WaitingPerson.session_id == session.id, *_able(session))
    return (await tx.scalars(query.order_by(WaitingPerson.place).limit(seats))).all()


def _able(session: Session | type[Session]) -> tuple[ColumnElement[bool], ...]:
    """Who waits for that session, or for the one of the same row, and can take a seat in it."""
    around = WaitingPerson, Session
    vouchers = select(func.count()).where(Voucher.beneficiary_id == WaitingPerson.beneficiary_id).correlate(*around)
    enough = vouchers.where(Voucher.state == "available").scalar_subquery() >= session.price
    mine = exists().where(Booking.beneficiary_id == WaitingPerson.beneficiary_id).correlate(*around)
    elsewhere = mine.where(
        Booking.state == "confirmed", Booking.starts_at < session.ends_at, Booking.ends_at > session.starts_at
    )
    offered = mine.where(Booking.session_id == session.id, Booking.state == "offered")
    return enough, ~elsewhere, ~offered


async def waits_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Row[WaitingPerson, Session]]:
    """List where a person waits, the soonest session first."""
    query = select(WaitingPerson, Session).join(Session, Session.id == WaitingPerson.session_id)
    query = query.where(WaitingPerson.beneficiary_id == beneficiary_id).order_by(Session.starts_at)
    return (await reading.execute(query)).all()


async def sessions_to_pass_on(reading: Reading, now: datetime) -> Sequence[SessionId]:
    """List those where someone waits who can take a free seat, or whose list nobody can be on any more.

    All of them: were only the first some looked at, lists that can't move would hide those behind them.
    """
    someone = exists().where(WaitingPerson.session_id == Session.id, *_able(Session))
    over = or_(Session.starts_at <= now, Session.state == "cancelled")
    query = select(Session.id).where(Session.waiting > 0, or_(over, and_(HAS_SEATS, someone)))
    return (await reading.scalars(query.order_by(Session.starts_at))).all()


async def list_lengths(tx: Transaction, sessions: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """Count how many wait for each, and say the last place that was given."""
    query = select(WaitingPerson.session_id, func.count(), func.max(WaitingPerson.place))
    query = query.where(any_of(WaitingPerson.session_id, sessions)).group_by(WaitingPerson.session_id)
    return {session: (count, place) for session, count, place in await tx.execute(query)}
