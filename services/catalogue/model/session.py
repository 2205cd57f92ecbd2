"""One training, one space, one mediator, one start, N seats. Rules 10, 11 and 13."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.bounds import LocalMoment
from chassis.clock import PARIS
from contracts.catalogue import Place, SessionCancelled, SessionChanged, SessionScheduled
from contracts.ids import MediatorId, SessionId, SpaceId, TrainingId
from services.catalogue.model.label import ONE_DAY
from services.catalogue.model.mediator import Mediator
from services.catalogue.model.record import Record
from services.catalogue.model.refusals import (
    CapacityBelowTaken,
    LabelNotValid,
    MediatorNotInPost,
    MoreThanTheSeats,
    NoSuchRoom,
    ReasonNeeded,
    SessionOver,
    SoldAsAnother,
    TrainingWithdrawn,
)
from services.catalogue.model.space import Space
from services.catalogue.model.training import Training
from services.catalogue.wording import MORE_THAN_KNOWN, PLACE_CORRECTED


class SessionForm(BaseModel):
    """A start without offset is Paris time. The room is named where a space has several, and only there."""

    training_id: TrainingId
    space_id: SpaceId
    mediator_id: MediatorId
    starts_at: LocalMoment
    capacity: int = Field(ge=1, le=200)
    room: str = Field("", max_length=80)

    @field_validator("starts_at")
    @classmethod
    def in_paris(cls, text: datetime) -> datetime:
        local = text if text.tzinfo else text.replace(tzinfo=PARIS)
        if not exists(local):
            raise ValueError("cette heure n'existe pas ce jour-là : on passe à l'heure d'été")
        return local.astimezone(UTC)


def exists(local: datetime) -> bool:
    """Tell whether there is that hour: spring takes one away."""
    return datetime.fromtimestamp(local.timestamp(), local.tzinfo).hour == local.hour


Change = Literal["time", "place", "mediator", "capacity", "training"]
WATCHED: dict[str, Change] = {
    "training_id": "training",
    "space_id": "place",
    "mediator_id": "mediator",
    "room": "place",
    "during": "time",
    "capacity": "capacity",
}
ASKED = tuple(SessionForm.model_fields)
HOUR = timedelta(hours=1)


class SessionParts:
    """What a session is put together from. The space is locked while it is used."""

    def __init__(self, training: Training, space: Space, mediator: Mediator) -> None:
        self.training, self.space, self.mediator = training, space, mediator

    def check(self, form: SessionForm, *, sold: bool = False, had: int = 0) -> date:
        """Check all parts and return the day. `sold`: people have it already, so its training may be withdrawn since.

        `had`: the capacity that it has there already, which the space may have lost since.

        Raises TrainingWithdrawn, LabelNotValid, MediatorNotInPost, MoreThanTheSeats, NoSuchRoom.
        """
        day = form.starts_at.astimezone(PARIS).date()
        if self.training.state != "published" and not sold:
            raise TrainingWithdrawn
        if self.space.state != "listed" or self.space.label_on(day) is None:
            raise LabelNotValid
        if not self.mediator.in_post_on(day):
            raise MediatorNotInPost
        self._check_seats(form, had)
        return day

    def _check_seats(self, form: SessionForm, had: int) -> None:
        if form.capacity > max(self.space.seats, had):
            raise MoreThanTheSeats(self.space.seats)
        if form.room not in (self.space.rooms or [""]):
            raise NoSuchRoom(self.space.rooms)


class Session(Record):
    """`labelled_on` is its day while it is scheduled: a temporal foreign key holds it inside a label of the space.

    `training_version` is what it was sold as, `reason` the last one given for a change or for its cancelling.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        ExcludeConstraint(
            ("space_id", "="), ("room", "="), ("during", "&&"), where="state = 'scheduled'", name="ex_room"
        ),
        ExcludeConstraint(("mediator_id", "="), ("during", "&&"), where="state = 'scheduled'", name="ex_mediator"),
        ForeignKeyConstraint(
            ["training_id", "training_version"], ["training_versions.training_id", "training_versions.version"]
        ),
        CheckConstraint("capacity >= greatest(taken, 1)", name="capacity"),
        CheckConstraint("(state = 'scheduled') = (labelled_on is not null)", name="labelled"),
        CheckConstraint("state in ('scheduled', 'cancelled')", name="state"),
        CheckConstraint(
            "extract(epoch from upper(during) - lower(during)) in (3600, 7200, 10800, 14400)", name="whole_hours"
        ),
        Index("ix_sessions_during", "during", postgresql_using="gist"),
        Index("ix_sessions_training_id", "training_id", "during"),
        Index("ix_sessions_space_id", "space_id", "during"),
        Index("ix_sessions_mediator_id", "mediator_id", "during"),
        Index("ix_sessions_soonest", "during", "id"),
        Index("ix_sessions_changed_at", "changed_at", "id"),
    )

    id: Mapped[SessionId] = mapped_column(primary_key=True)
    version: Mapped[int]
    state: Mapped[Literal["scheduled", "cancelled"]]
    training_id: Mapped[TrainingId] = mapped_column(ForeignKey("trainings.id"))
    training_version: Mapped[int]
    space_id: Mapped[SpaceId] = mapped_column(ForeignKey("spaces.id"))
    mediator_id: Mapped[MediatorId] = mapped_column(ForeignKey("mediators.id"))
    room: Mapped[str]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    labelled_on: Mapped[Range[date] | None] = mapped_column(DATERANGE)
    capacity: Mapped[int]
    taken: Mapped[int]
    waiting: Mapped[int]
    fill_version: Mapped[int]
    reason: Mapped[str]
    changed_at: Mapped[datetime]
    training: Mapped[Training] = relationship(lazy="raise")
    space: Mapped[Space] = relationship(lazy="raise")
    mediator: Mapped[Mediator] = relationship(lazy="raise")

    @classmethod
    def put_on(cls, session_id: SessionId, form: SessionForm, parts: SessionParts, now: datetime) -> "Session":
        """Schedule a session. Raises the refusals of rule 10."""
        session = cls(id=session_id, version=0, state="scheduled", taken=0, waiting=0, fill_version=0, reason="")
        session._write(form, parts, now)
        return session

    def change(self, form: SessionForm, parts: SessionParts, now: datetime, reason: str = "") -> tuple[Change, ...]:
        """Take over the form and return what differs now. Raises the refusals of rules 10 and 13."""
        self.check_open(now)
        if form.training_id != self.training_id and (self.taken or self.waiting):
            raise SoldAsAnother
        if form.model_dump(include=set(ASKED)) == {name: getattr(self, name) for name in ASKED}:
            return ()
        before = {name: getattr(self, name) for name in WATCHED}
        self._write(form, parts, now)
        changed = tuple(what for name, what in WATCHED.items() if before[name] != getattr(self, name))
        if {"time", "place"} & {*changed} and not reason:
            raise ReasonNeeded
        self.reason = reason
        return changed

    def cancel(self, reason: str, now: datetime) -> SessionCancelled | None:
        """Cancel it; None when it is cancelled already."""
        if self.state == "cancelled":
            return None
        self.check_open(now)
        self.state, self.labelled_on, self.reason = "cancelled", None, reason
        self.version, self.changed_at = self.version + 1, now
        return SessionCancelled(session_id=self.id, version=self.version, reason=reason)

    def fill(self, version: int, taken: int, waiting: int, now: datetime) -> SessionChanged | None:
        """Count how many are in; an older event changes nothing.

        Booking never takes a seat back: when it has given more than we offer now, because it did not know yet, ours is
        the figure that was wrong. It is corrected, and published.
        """
        if version <= self.fill_version:
            return None
        self.fill_version, self.taken, self.waiting, self.changed_at = version, taken, waiting, now
        if taken <= self.capacity:
            return None
        self.capacity, self.version, self.reason = taken, self.version + 1, MORE_THAN_KNOWN
        return self.changed(("capacity",), MORE_THAN_KNOWN) if self.state == "scheduled" else None

    def readdress(self, now: datetime) -> SessionChanged:
        """Announce the right address: the place is where it was, what we wrote of it has changed (rule 13)."""
        self.version, self.changed_at, self.reason = self.version + 1, now, PLACE_CORRECTED
        return self.changed(("place",), PLACE_CORRECTED)

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

    @property
    def hours(self) -> int:
        """Count the hours as it was sold: its training may have become longer since."""
        return (self.ends_at - self.starts_at) // HOUR

    @property
    def free(self) -> int:
        return max(self.capacity - self.taken, 0)

    def _write(self, form: SessionForm, parts: SessionParts, now: datetime) -> None:
        if form.starts_at <= now:
            raise SessionOver
        sold = self.training_id == form.training_id
        had = self.capacity if self.space_id == form.space_id else 0
        day = parts.check(form, sold=sold, had=had)
        if form.capacity < self.taken:
            raise CapacityBelowTaken(self.taken)
        hours = self.hours if sold else parts.training.hours
        if not sold:
            self.training_version = parts.training.version
        self.training_id, self.space_id, self.mediator_id = form.training_id, form.space_id, form.mediator_id
        self.training, self.space, self.mediator = parts.training, parts.space, parts.mediator
        self.capacity, self.room = form.capacity, form.room
        starts_at = form.starts_at.astimezone(UTC)  # hours that pass, also in a night when the clocks change
        self.during = Range(starts_at, starts_at + hours * HOUR)
        self.labelled_on = Range(day, day + ONE_DAY)
        self.version, self.changed_at = self.version + 1, now

    @property
    def where(self) -> Place:
        """Name the place, and the room in it."""
        return self.space.where.model_copy(update={"room": self.room})

    def scheduled(self) -> SessionScheduled:
        return SessionScheduled(**self._stated())

    def changed(self, changed: tuple[Change, ...], reason: str) -> SessionChanged:
        return SessionChanged(**self._stated(), changed=changed, reason=reason)

    def _stated(self) -> dict[str, Any]:
        names = ("version", "training_id", "training_version", "mediator_id", "starts_at", "ends_at", "capacity")
        return {
            "session_id": self.id,
            "training_code": self.training.code,
            "training_title": self.training.title,
            "bring": self.training.bring,
            "place": self.where,
            "vouchers": self.hours,
            **{name: getattr(self, name) for name in names},
        }
