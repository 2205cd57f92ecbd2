"""What a session is asked as, and what it is put together from. Rule 10."""

from datetime import UTC, date, datetime

from pydantic import BaseModel, Field, field_validator

from chassis.bounds import LocalMoment
from chassis.clock import PARIS
from contracts.ids import MediatorId, SpaceId, TrainingId
from services.catalogue.model.mediator import Mediator
from services.catalogue.model.refusals import (
    LabelNotValid,
    MediatorNotInPost,
    MoreThanTheSeats,
    NoSuchRoom,
    TrainingWithdrawn,
)
from services.catalogue.model.space import Space
from services.catalogue.model.training import Training


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
    """False for an hour that spring takes away."""
    return datetime.fromtimestamp(local.timestamp(), local.tzinfo).hour == local.hour


class SessionParts:
    """The space is locked while it is used."""

    def __init__(self, training: Training, space: Space, mediator: Mediator) -> None:
        self.training, self.space, self.mediator = training, space, mediator

    def check(self, form: SessionForm, *, sold: bool = False, had: int = 0) -> date:
        """The day on which it is. `sold`: people have it already, so its training may be withdrawn since.

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
