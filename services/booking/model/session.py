"""A session as catalogue tells it, and its seats, which are booking's. Rules 13, 14 and 18."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from contracts.booking import SeatOffered, SessionFilled
from contracts.catalogue import Place, SessionChanged, SessionScheduled
from contracts.ids import BeneficiaryId, BookingId, MediatorId, OfferId, SessionId, SpaceId, TrainingId, uuid7
from contracts.words import Actor, Named
from services.booking.model.booking import Booking, State
from services.booking.model.ledger import Cause
from services.booking.model.record import Record
from services.booking.model.refusals import OverlapsAnother, SessionFull, SessionOver
from services.booking.model.waiting import WaitingPerson, offer_ends
from services.booking.model.wallet import Wallet
from services.booking.policy import BookingPolicy


class Session(Record):
    """Seats are numbers, each one person's (unique in bookings): 1 to `seats_given`, less those in `seats_back`.

    `told_capacity` is catalogue's; `capacity` is more while more people have a seat than that allows.

    `offered` counts the seats held for someone of the waiting list, `waiting` the people on it; `last_place` is the
    number that the last of them got.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("seats_given - cardinality(seats_back) between offered and capacity", name="seats"),
        CheckConstraint("offered >= 0", name="offered"),
        CheckConstraint("waiting >= 0", name="waiting"),
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
    space_id: Mapped[SpaceId] = mapped_column(index=True)
    mediator_id: Mapped[MediatorId] = mapped_column(index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    price: Mapped[int]
    capacity: Mapped[int]
    told_capacity: Mapped[int]
    seats_given: Mapped[int]
    seats_back: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    offered: Mapped[int]
    waiting: Mapped[int]
    last_place: Mapped[int]
    fill_version: Mapped[int]

    @classmethod
    def told(cls, event: SessionScheduled | SessionChanged) -> "Session":
        counts = ("version", "seats_given", "offered", "waiting", "last_place", "fill_version")
        session = cls(id=event.session_id, state="scheduled", seats_back=[], **dict.fromkeys(counts, 0))
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
        self.place, self.space_id = event.place.model_dump(mode="json"), event.place.space_id
        self.price = event.vouchers
        self.told_capacity = event.capacity
        self._resize()
        return True

    def _resize(self) -> None:
        """Never below the seats taken: who has a seat keeps it, whatever the news crossed on its way (rule 13)."""
        self.capacity = max(self.told_capacity, self.seated)

    @property
    def where(self) -> Place:
        return Place.model_validate(self.place)

    @property
    def named(self) -> Named:
        return Named(training_title=self.training_title, place_name=self.place["name"], commune=self.place["commune"])

    @property
    def seated(self) -> int:
        """Seats that somebody has, or is offered."""
        return self.seats_given - len(self.seats_back)

    @property
    def taken(self) -> int:
        return self.seated - self.offered

    @property
    def free(self) -> int:
        return self.capacity - self.seated

    def book(
        self, wallet: Wallet, others: Sequence[Booking], by: Actor, now: datetime, policy: BookingPolicy
    ) -> Booking:
        """Take a seat and hold the vouchers, or neither. `others` are the seats that the person has or is offered.

        A seat of this session that is kept for them is the one they get. Raises SessionOver, AlreadyBooked,
        OverlapsAnother, SessionFull, NotEnoughVouchers, OfferEnded.
        """
        self.check_open(now)
        if mine := next((other for other in others if other.session_id == self.id), None):
            mine.accept(self, wallet, others, Cause("place proposée, acceptée", by, now, mine.id))
            return mine
        if any(other.overlaps(self) for other in others):
            raise OverlapsAnother
        if not self.free:
            raise SessionFull
        booking_id = BookingId(uuid7())
        wallet.hold(self.price, Cause("réservation", by, now, booking_id))
        return self._seated(booking_id, wallet.beneficiary_id, "confirmed", Cause("", by, now), policy)

    def offer(self, person: WaitingPerson, cause: Cause, policy: BookingPolicy) -> tuple[Booking, SeatOffered] | None:
        """A free seat is held for the next of the list; None when too little time is left to answer (rule 18)."""
        until = offer_ends(cause.at, self.starts_at, policy.offer_time)
        if until is None:
            return None
        offered = self._seated(BookingId(uuid7()), person.beneficiary_id, "offered", cause, policy)
        offered.offered_until = until
        self.offered += 1
        said = SeatOffered(
            offer_id=OfferId(offered.id), session_id=self.id, beneficiary_id=person.beneficiary_id, until=until
        )
        return offered, said

    def _seated(
        self, booking_id: BookingId, person: BeneficiaryId, state: State, cause: Cause, policy: BookingPolicy
    ) -> Booking:
        return Booking(
            id=booking_id,
            session_id=self.id,
            beneficiary_id=person,
            seat=self._take(),
            state=state,
            code=policy.code(booking_id),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            offered_until=None,
            price=self.price,
            moved=False,
            moved_at=None,
            late_at=None,
            booked_at=cause.at,
            by_kind=cause.by.kind,
            by_id=cause.by.id,
        )

    def check_open(self, now: datetime) -> None:
        """Raises SessionOver."""
        if self.state != "scheduled" or now >= self.starts_at:
            raise SessionOver

    def _take(self) -> int:
        """A seat that was given back, or the next number."""
        if self.seats_back:
            seat, *self.seats_back = self.seats_back
            return seat
        self.seats_given += 1
        return self.seats_given

    def release(self, seat: int) -> None:
        self.seats_back = sorted({*self.seats_back, seat})
        self._resize()

    def filled(self) -> SessionFilled:
        """What is said after any change of the seats; once per transaction."""
        self.fill_version += 1
        return SessionFilled(
            session_id=self.id,
            version=self.fill_version,
            taken=self.taken,
            offered=self.offered,
            waiting=self.waiting,
        )
