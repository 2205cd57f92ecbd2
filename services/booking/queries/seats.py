"""Sessions, bookings, waiting lists."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, select

from chassis.db import Reading, Transaction
from chassis.plain import plain
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, BookingId, MediatorId, SessionId
from services.booking.model import (
    Booking,
    Session,
    WaitingPerson,
)


class NoSuchSession(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette séance n'est pas encore connue ici. Réessayez dans quelques secondes.")


class NoSuchBooking(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette réservation n'existe pas.")


async def session(reading: Reading, session_id: SessionId) -> Session:
    found = await reading.get(Session, session_id)
    if found is None:
        raise NoSuchSession
    return found


async def session_locked(tx: Transaction, session_id: SessionId) -> Session:
    found = await tx.get(Session, session_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchSession
    return found


async def confirmed_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Booking]:
    query = select(Booking).where(Booking.beneficiary_id == beneficiary_id, Booking.state == "confirmed")
    return (await reading.scalars(query)).all()


async def booking(reading: Reading, booking_id: BookingId) -> Booking:
    found = await reading.get(Booking, booking_id, populate_existing=True)
    if found is None:
        raise NoSuchBooking
    return found


async def bookings_in(reading: Reading, session_id: SessionId, *states: str) -> Sequence[Booking]:
    query = select(Booking).where(Booking.session_id == session_id, Booking.state.in_(states))
    return (await reading.scalars(query.order_by(Booking.seat))).all()


async def bookings_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Row[Booking, Session]]:
    """With their sessions, the next first."""
    query = select(Booking, Session).join(Session, Session.id == Booking.session_id)
    query = query.where(Booking.beneficiary_id == beneficiary_id).order_by(Booking.starts_at.desc())
    return (await reading.execute(query)).all()


async def waiting_of(reading: Reading, session_id: SessionId) -> Sequence[WaitingPerson]:
    query = select(WaitingPerson).where(WaitingPerson.session_id == session_id).order_by(WaitingPerson.place)
    return (await reading.scalars(query)).all()


async def upcoming_sessions(reading: Reading, now: datetime, text: str = "") -> Sequence[Session]:
    """Those that may be booked, the soonest first; `text` is part of the training's title or the commune."""
    query = select(Session).where(Session.state == "scheduled", Session.starts_at > now)
    found = (await reading.scalars(query.order_by(Session.starts_at).limit(500))).all()
    wanted = plain(text)
    return [one for one in found if wanted in plain(f"{one.training_title} {one.where.commune}")][:50]


async def sessions_of_day(reading: Reading, mediator_id: MediatorId, now: datetime) -> Sequence[Session]:
    """From yesterday to tomorrow: attendance is often marked the day after."""
    near = Session.starts_at.between(now - timedelta(days=1), now + timedelta(days=1))
    query = select(Session).where(Session.mediator_id == mediator_id, Session.state == "scheduled", near)
    return (await reading.scalars(query.order_by(Session.starts_at))).all()
