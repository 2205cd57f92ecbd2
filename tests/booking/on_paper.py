"""Sessions, wallets and seats without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.ids import BeneficiaryId, BookId, VoucherId, uuid7
from contracts.words import Actor
from services.booking.model import Booking, Cause, Session, WaitingPerson, Wallet
from services.booking.settings import Settings
from tests import actors
from tests.booking.events import scheduled

BY = Actor(kind="mediator", id=UUID(int=3))
OTHER = Actor(kind="prescriber", id=UUID(int=4))
POLICY = actors.settings_for(Settings, "postgresql://nowhere/booking").policy
BEGINS = datetime(2026, 11, 24, 10, tzinfo=UTC)
NOW, TICK = BEGINS - timedelta(days=2), timedelta(microseconds=1)


def of(hours: int = 5) -> Wallet:
    """Somebody with a book."""
    wallet = Wallet.empty(BeneficiaryId(uuid7()))
    vouchers = [VoucherId(uuid7()) for _ in range(hours)]
    wallet.receive(BookId(uuid7()), 1, vouchers, Cause("prescription", BY, NOW))
    return wallet


def session(starts: datetime = BEGINS, *, capacity: int = 2, hours: int = 1) -> Session:
    return Session.from_event(scheduled(starts, capacity=capacity, hours=hours))


def seat(of_session: Session, wallet: Wallet, *others: Booking, now: datetime = NOW) -> Booking:
    return Booking.take_seat(of_session, wallet, others, Cause("réservation", BY, now), POLICY)


def offered(of_session: Session, wallet: Wallet) -> Booking:
    waiting = WaitingPerson.joined(of_session, wallet.beneficiary_id, NOW)
    made = Booking.offer(of_session, waiting, Cause("liste d'attente", BY, NOW), POLICY)
    assert made
    return made[0]


def cause(booking: Booking, at: datetime = NOW, reason: str = "empêchée", by: Actor = OTHER) -> Cause:
    return Cause(reason, by, at, booking.id)


def states(wallet: Wallet) -> list[str]:
    return [voucher.state for voucher in wallet.vouchers]


def booked(hours: int = 1) -> tuple[Session, Wallet, Booking]:
    here, wallet = session(hours=hours), of()
    return here, wallet, seat(here, wallet)
