"""What catalogue says: trainings, labelled spaces, mediators in post, sessions. Rules 10 to 13."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, JsonValue

from contracts.copies import CopyAnswered
from contracts.erasure import ErasureCompleted
from contracts.event import Event, Payload
from contracts.ids import MediatorId, SessionId, SpaceId, TrainingId
from contracts.words import Audience, Level, Reason

TOPIC = "catalogue.events"
COPIES = "catalogue.copies"

Hours = Annotated[int, Field(ge=1, le=4)]


class TrainingState(Event):
    """What is said from `objectives` on is for whoever wants the whole text, and for catalogue after a restore."""

    training_id: TrainingId
    version: int
    code: str
    title: str
    summary: str
    level: Level
    themes: tuple[str, ...]
    audiences: tuple[Audience, ...]
    hours: Hours
    objectives: tuple[str, ...] | None = None
    prerequisites: str = ""
    thematiques: tuple[str, ...] = ()
    accessibility: str = ""
    bring: str = ""
    words: tuple[str, ...] = ()
    by_page: bool = False


class TrainingPublished(TrainingState, type="training.published.v1", topic=TOPIC, subject="training_id"):
    pass


class TrainingChanged(TrainingState, type="training.changed.v1", topic=TOPIC, subject="training_id"):
    pass


class TrainingWithdrawn(TrainingState, type="training.withdrawn.v1", topic=TOPIC, subject="training_id"):
    pass


class LabelPeriod(Payload):
    """Both days are included; no last day means until further notice."""

    first_day: date
    last_day: date | None


class SpaceState(Event):
    """A place as the public knows it. Position is WGS 84 degrees; label dates are both inclusive.

    `filed` is the place as its file has it, in the national standard, `corrections` what was written over it by hand;
    `labels` are all of them.
    """

    space_id: SpaceId
    version: int
    name: str
    address: str
    postal_code: str
    commune: str
    commune_insee: str
    latitude: float | None
    longitude: float | None
    seats: int
    accessibility: str | None
    label_from: date | None
    label_to: date | None
    filed: dict[str, JsonValue] | None = None
    corrections: dict[str, JsonValue] | None = None
    rooms: tuple[str, ...] = ()
    list_name: str | None = None
    labels: tuple[LabelPeriod, ...] | None = None


class SpaceListed(SpaceState, type="space.listed.v1", topic=TOPIC, subject="space_id"):
    pass


class SpaceChanged(SpaceState, type="space.changed.v1", topic=TOPIC, subject="space_id"):
    pass


class SpaceClosed(SpaceState, type="space.closed.v1", topic=TOPIC, subject="space_id"):
    pass


class LabelEnding(Event, type="label.ending.v1", topic=TOPIC, subject="space_id"):
    space_id: SpaceId
    ends_on: date


class LabelEnded(Event, type="label.ended.v1", topic=TOPIC, subject="space_id"):
    space_id: SpaceId
    ended_on: date


class MediatorState(Event):
    """A professional, and where they are found. Their name and telephone are on a restricted topic: `mediators`.

    `skills` are the themes that they teach; `left_on` is the first day on which they are no longer in post.
    """

    mediator_id: MediatorId
    version: int
    space_ids: tuple[SpaceId, ...]
    skills: tuple[str, ...] = ()
    left_on: date | None = None


class MediatorPosted(
    MediatorState, type="mediator.posted.v2", topic=TOPIC, subject="mediator_id", former=("mediator.posted.v1",)
):
    pass


class MediatorLeft(
    MediatorState, type="mediator.left.v2", topic=TOPIC, subject="mediator_id", former=("mediator.left.v1",)
):
    pass


class Place(Payload):
    """Where to go, as a session carries it: nobody looks it up elsewhere. No `room` where there is only one."""

    space_id: SpaceId
    name: str
    address: str
    postal_code: str
    commune: str
    commune_insee: str
    latitude: float | None
    longitude: float | None
    phone: str | None
    room: str = ""


class SessionState(Event):
    """A session as a whole. `vouchers` is its price: one voucher an hour (rule 10).

    `training_version` is what it was sold as.
    """

    session_id: SessionId
    version: int
    training_id: TrainingId
    training_code: str
    training_title: str
    bring: str
    place: Place
    mediator_id: MediatorId
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    capacity: Annotated[int, Field(ge=1)]
    vouchers: Hours
    training_version: int | None = None


class SessionScheduled(SessionState, type="session.scheduled.v1", topic=TOPIC, subject="session_id"):
    pass


class SessionChanged(SessionState, type="session.changed.v1", topic=TOPIC, subject="session_id"):
    changed: tuple[Literal["time", "place", "mediator", "capacity", "training"], ...]
    reason: Reason


class SessionCancelled(Event, type="session.cancelled.v1", topic=TOPIC, subject="session_id"):
    session_id: SessionId
    version: int
    reason: Reason


class CatalogueErasureCompleted(
    ErasureCompleted, type="erasure.completed.v1", topic=TOPIC, subject="beneficiary_id", erasure=True
):
    pass


class CatalogueCopyAnswered(
    CopyAnswered, type="copy.answered.v1", topic=COPIES, subject="copy_id", key="beneficiary_id"
):
    pass


CatalogueEvent = (
    TrainingPublished
    | TrainingChanged
    | TrainingWithdrawn
    | SpaceListed
    | SpaceChanged
    | SpaceClosed
    | LabelEnding
    | LabelEnded
    | MediatorPosted
    | MediatorLeft
    | SessionScheduled
    | SessionChanged
    | SessionCancelled
    | CatalogueErasureCompleted
)
