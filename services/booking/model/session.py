"""A session as catalogue publishes it, and its seats, which are booking's. Rules 13, 14 and 18."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from contracts.booking import SessionFilled
from contracts.catalogue import Place, SessionChanged, SessionScheduled
from contracts.ids import MediatorId, SessionId, SpaceId, TrainingId
from contracts.words import Named
from services.booking.model.record import Record
from services.booking.model.refusals import SessionOver


class Session(Record):
    """Seats are numbers, each one person's (unique in bookings): 1 to `seats_given`, less those in `seats_back`.

    `catalogue_capacity` is catalogue's; `capacity` is more while more people have a seat than that allows.

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
    catalogue_capacity: Mapped[int] = mapped_column("told_capacity")
    seats_given: Mapped[int]
    seats_back: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    offered: Mapped[int]
    waiting: Mapped[int]
    last_place: Mapped[int]
    fill_version: Mapped[int]

    @classmethod
    def from_event(cls, event: SessionScheduled | SessionChanged) -> "Session":
        counts = ("version", "seats_given", "offered", "waiting", "last_place", "fill_version")
        session = cls(id=event.session_id, state="scheduled", seats_back=[], **dict.fromkeys(counts, 0))
        session.apply(event)
        return session

    def apply(self, event: SessionScheduled | SessionChanged) -> bool:
        """Take the state of a higher version. False when it is old news."""
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
        self.catalogue_capacity = event.capacity
        self._resize()
        return True

    def _resize(self) -> None:
        """Never below the seats taken: who has a seat keeps it, whatever the news crossed on its way (rule 13)."""
        self.capacity = max(self.catalogue_capacity, self.seated)

    @property
    def where(self) -> Place:
        return Place.model_validate(self.place)

    @property
    def named(self) -> Named:
        return Named(training_title=self.training_title, place_name=self.place["name"], commune=self.place["commune"])

    @property
    def seated(self) -> int:
        """Count the seats that somebody has, or is offered."""
        return self.seats_given - len(self.seats_back)

    @property
    def taken(self) -> int:
        return self.seated - self.offered

    @property
    def free(self) -> int:
        return self.capacity - self.seated

    def check_open(self, now: datetime) -> None:
        """Check that it can still be booked. Raises SessionOver."""
        if self.state != "scheduled" or now >= self.starts_at:
            raise SessionOver

    def give_seat(self) -> int:
        """Give one that was given back, or the next number."""
        if self.seats_back:
            seat, *self.seats_back = self.seats_back
            return seat
        self.seats_given += 1
        return self.seats_given

    def release(self, seat: int) -> None:
        self.seats_back = sorted({*self.seats_back, seat})
        self._resize()

    def filled(self) -> SessionFilled:
        """Make the event of any change of the seats; once per transaction."""
        self.fill_version += 1
        return SessionFilled(
            session_id=self.id,
            version=self.fill_version,
            taken=self.taken,
            offered=self.offered,
            waiting=self.waiting,
        )
