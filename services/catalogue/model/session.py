"""One training, one space, one mediator, one start, N seats. Rules 10, 11 and 13."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator
from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.clock import PARIS
from contracts.catalogue import SessionCancelled, SessionChanged, SessionScheduled
from contracts.ids import MediatorId, SessionId, SpaceId, TrainingId
from services.catalogue.model.mediator import Mediator
from services.catalogue.model.record import Record
from services.catalogue.model.refusals import (
    CapacityBelowTaken,
    LabelNotValid,
    MediatorNotInPost,
    MoreThanTheSeats,
    SessionOver,
    TrainingWithdrawn,
)
from services.catalogue.model.space import ONE_DAY, Space
from services.catalogue.model.training import Training

Change = Literal["time", "place", "mediator", "capacity", "training"]
WATCHED: dict[str, Change] = {
    "training_id": "training",
    "space_id": "place",
    "mediator_id": "mediator",
    "during": "time",
    "capacity": "capacity",
}


class SessionForm(BaseModel):
    """A start without offset is Paris time. The room is named only where a space has several."""

    training_id: TrainingId
    space_id: SpaceId
    mediator_id: MediatorId
    starts_at: datetime
    capacity: int = Field(ge=1)
    room: str = Field("", max_length=80)

    @field_validator("starts_at")
    @classmethod
    def in_paris(cls, text: datetime) -> datetime:
        if text.tzinfo:
            return text
        local = text.replace(tzinfo=PARIS)
        if datetime.fromtimestamp(local.timestamp(), PARIS).hour != local.hour:
            raise ValueError("cette heure n'existe pas ce jour-là : on passe à l'heure d'été")
        return local


class Session(Record):
    """`labelled_on` is its day while it is scheduled: a temporal foreign key holds it inside a label of the space."""

    __tablename__ = "sessions"
    __table_args__ = (
        ExcludeConstraint(
            ("space_id", "="), ("room", "="), ("during", "&&"), where="state = 'scheduled'", name="ex_room"
        ),
        ExcludeConstraint(("mediator_id", "="), ("during", "&&"), where="state = 'scheduled'", name="ex_mediator"),
        CheckConstraint("capacity >= greatest(taken, 1)", name="capacity"),
        CheckConstraint("(state = 'scheduled') = (labelled_on is not null)", name="labelled"),
        CheckConstraint("state in ('scheduled', 'cancelled')", name="state"),
        CheckConstraint(
            "extract(epoch from upper(during) - lower(during)) in (3600, 7200, 10800, 14400)", name="whole_hours"
        ),
        Index("ix_sessions_during", "during", postgresql_using="gist"),
    )

    id: Mapped[SessionId] = mapped_column(primary_key=True)
    version: Mapped[int]
    state: Mapped[Literal["scheduled", "cancelled"]]
    training_id: Mapped[TrainingId] = mapped_column(ForeignKey("trainings.id"), index=True)
    space_id: Mapped[SpaceId] = mapped_column(ForeignKey("spaces.id"), index=True)
    mediator_id: Mapped[MediatorId] = mapped_column(ForeignKey("mediators.id"))
    room: Mapped[str]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    labelled_on: Mapped[Range[date] | None] = mapped_column(DATERANGE)
    capacity: Mapped[int]
    taken: Mapped[int]
    waiting: Mapped[int]
    fill_version: Mapped[int]
    training: Mapped[Training] = relationship(lazy="raise")
    space: Mapped[Space] = relationship(lazy="raise")
    mediator: Mapped[Mediator] = relationship(lazy="raise")

    @classmethod
    def put_on(cls, session_id: SessionId, form: SessionForm, parts: "Parts", now: datetime) -> "Session":
        """Raises the refusals of rule 10."""
        session = cls(id=session_id, version=0, state="scheduled", taken=0, waiting=0, fill_version=0)
        session._write(form, parts, now)
        return session

    def change(self, form: SessionForm, parts: "Parts", now: datetime) -> tuple[Change, ...]:
        """What differs now, nothing when nothing does. Raises the refusals of rules 10 and 13."""
        self.check_open(now)
        before = {name: getattr(self, name) for name in (*WATCHED, "room")}
        self._write(form, parts, now)
        return tuple(what for name, what in WATCHED.items() if before[name] != getattr(self, name))

    def cancel(self, reason: str, now: datetime) -> SessionCancelled | None:
        """None when it is cancelled already."""
        if self.state == "cancelled":
            return None
        self.check_open(now)
        self.state, self.labelled_on = "cancelled", None
        self.version += 1
        return SessionCancelled(session_id=self.id, version=self.version, reason=reason)

    def check_open(self, now: datetime) -> None:
        if self.state != "scheduled" or now >= self.starts_at:
            raise SessionOver

    @property
    def starts_at(self) -> datetime:
        assert self.during.lower is not None  # noqa: S101 - whole_hours holds both ends
        return self.during.lower

    @property
    def ends_at(self) -> datetime:
        assert self.during.upper is not None  # noqa: S101 - as above
        return self.during.upper

    def _write(self, form: SessionForm, parts: "Parts", now: datetime) -> None:
        day = form.starts_at.astimezone(PARIS).date()
        if form.starts_at <= now:
            raise SessionOver
        parts.check(day, form.capacity)
        if form.capacity < self.taken:
            raise CapacityBelowTaken(self.taken)
        self.training_id, self.space_id, self.mediator_id = form.training_id, form.space_id, form.mediator_id
        self.training, self.space, self.mediator = parts.training, parts.space, parts.mediator
        self.capacity, self.room = form.capacity, form.room
        self.during = Range(form.starts_at, form.starts_at + timedelta(hours=parts.training.hours))
        self.labelled_on = Range(day, day + ONE_DAY)
        self.version += 1

    def scheduled(self) -> SessionScheduled:
        return SessionScheduled(**self._stated())

    def changed(self, changed: tuple[Change, ...], reason: str) -> SessionChanged:
        return SessionChanged(**self._stated(), changed=changed, reason=reason)

    def _stated(self) -> dict[str, Any]:
        return {
            "session_id": self.id,
            "version": self.version,
            "training_id": self.training_id,
            "training_code": self.training.code,
            "training_title": self.training.title,
            "bring": self.training.bring,
            "place": self.space.where,
            "mediator_id": self.mediator_id,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "capacity": self.capacity,
            "vouchers": self.training.hours,
        }


class Parts:
    """What a session is put together from."""

    def __init__(self, training: Training, space: Space, mediator: Mediator) -> None:
        self.training, self.space, self.mediator = training, space, mediator

    def check(self, day: date, capacity: int) -> None:
        """Raises TrainingWithdrawn, LabelNotValid, MediatorNotInPost, MoreThanTheSeats."""
        if self.training.state != "published":
            raise TrainingWithdrawn
        if self.space.state != "listed" or self.space.label_on(day) is None:
            raise LabelNotValid
        if not self.mediator.in_post_on(day):
            raise MediatorNotInPost
        if capacity > self.space.seats:
            raise MoreThanTheSeats(self.space.seats)
