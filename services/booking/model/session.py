"""A session as catalogue tells it, and its seats, which are booking's. Rules 13, 14 and 18."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import Refusal
from contracts.booking import SessionFilled
from contracts.catalogue import Place, SessionChanged, SessionScheduled
from contracts.ids import BeneficiaryId, BookingId, MediatorId, SessionId, TrainingId, uuid7
from contracts.words import Actor
from services.booking.model.booking import Booking
from services.booking.model.record import Record
from services.booking.model.wallet import Cause, Wallet


class SessionFull(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "Cette séance est complète : la dernière place vient d'être prise. "
            "Inscrivez la personne en liste d'attente, ou choisissez une autre séance."
        )


class SessionOver(Refusal):
    def __init__(self) -> None:
        super().__init__("Cette séance a déjà commencé, ou elle est annulée. Choisissez une autre séance.")


class AlreadyBooked(Refusal):
    def __init__(self) -> None:
        super().__init__("Cette personne a déjà une place dans cette séance.")


class OverlapsAnother(Refusal):
    def __init__(self) -> None:
        super().__init__("Cette personne a déjà une séance à ce moment-là. Choisissez un autre horaire.")


class Session(Record):
    """`free_seats` are the numbers of the seats that nobody has; a seat is one person's (unique in bookings)."""

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("cardinality(free_seats) <= capacity", name="seats"),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("state in ('scheduled', 'cancelled')", name="state"),
        Index(None, "starts_at"),
    )

    id: Mapped[SessionId] = mapped_column(primary_key=True)
    version: Mapped[int]
    state: Mapped[Literal["scheduled", "cancelled"]]
    training_id: Mapped[TrainingId]
    training_code: Mapped[str]
    training_title: Mapped[str]
    bring: Mapped[str]
    place: Mapped[dict[str, Any]] = mapped_column(JSONB)
    mediator_id: Mapped[MediatorId] = mapped_column(index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    price: Mapped[int]
    capacity: Mapped[int]
    free_seats: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    waiting: Mapped[int]
    fill_version: Mapped[int]

    @classmethod
    def told(cls, event: SessionScheduled | SessionChanged) -> "Session":
        session = cls(
            id=event.session_id, version=0, state="scheduled", capacity=0, free_seats=[], waiting=0, fill_version=0
        )
        session.keep(event)
        return session

    def keep(self, event: SessionScheduled | SessionChanged) -> bool:
        """The state of a higher version. False when it is old news."""
        if event.version <= self.version:
            return False
        for name in (
            "version",
            "training_id",
            "training_code",
            "training_title",
            "bring",
            "mediator_id",
            "starts_at",
            "ends_at",
        ):
            setattr(self, name, getattr(event, name))
        self.place, self.price = event.place.model_dump(mode="json"), event.vouchers
        self._resize(event.capacity)
        return True

    def _resize(self, capacity: int) -> None:
        """Never below the seats taken: who has a seat keeps it, whatever the news crossed on its way."""
        taken = {number for number in range(1, self.capacity + 1) if number not in self.free_seats}
        self.capacity = max([capacity, *taken])
        self.free_seats = [number for number in range(1, self.capacity + 1) if number not in taken]
        self.free_seats = self.free_seats[: max(capacity - len(taken), 0)]

    @property
    def where(self) -> Place:
        return Place.model_validate(self.place)

    @property
    def taken(self) -> int:
        return self.capacity - len(self.free_seats)

    def book(self, wallet: Wallet, others: Sequence[Booking], *, by: Actor, now: datetime) -> Booking:
        """Take a seat and hold the vouchers, or neither. `others` are the person's confirmed bookings.

        Raises SessionOver, AlreadyBooked, OverlapsAnother, SessionFull, NotEnoughVouchers.
        """
        self.check_open(now)
        if any(other.session_id == self.id for other in others):
            raise AlreadyBooked
        if any(other.starts_at < self.ends_at and self.starts_at < other.ends_at for other in others):
            raise OverlapsAnother
        if not self.free_seats:
            raise SessionFull
        booking_id = BookingId(uuid7())
        wallet.hold(self.price, Cause("réservation", by, now, booking_id))
        return self._seated(booking_id, wallet.beneficiary_id, by, now)

    def _seated(self, booking_id: BookingId, beneficiary_id: BeneficiaryId, by: Actor, now: datetime) -> Booking:
        seat, *self.free_seats = self.free_seats
        return Booking(
            id=booking_id,
            session_id=self.id,
            beneficiary_id=beneficiary_id,
            seat=seat,
            state="confirmed",
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            price=self.price,
            moved=False,
            booked_at=now,
            by_kind=by.kind,
            by_id=by.id,
        )

    def check_open(self, now: datetime) -> None:
        if self.state != "scheduled" or now >= self.starts_at:
            raise SessionOver

    def release(self, seat: int) -> None:
        self.free_seats = sorted({*self.free_seats, seat})

    def filled(self) -> SessionFilled:
        self.fill_version += 1
        return SessionFilled(
            session_id=self.id, version=self.fill_version, taken=self.taken, offered=0, waiting=self.waiting
        )
