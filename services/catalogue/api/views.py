"""What the API shows of each thing. Adding a field breaks nobody; taking one away does."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from contracts.catalogue import Place
from contracts.ids import MediatorId, SessionId, SpaceId, TrainingId
from services.catalogue.model import Session, Space, Training
from services.catalogue.trainings import TrainingText
from services.catalogue.usecases import ImportResult


class TrainingView(TrainingText):
    id: TrainingId
    state: str
    version: int
    changed_at: datetime

    @classmethod
    def of(cls, training: Training) -> Self:
        return cls.model_validate(training, from_attributes=True)


class SpaceView(BaseModel):
    id: SpaceId
    source_id: str
    name: str
    where: Place
    seats: int
    rooms: list[str]
    labelled: bool
    hours: str | None
    state: str
    version: int
    changed_at: datetime

    @classmethod
    def of(cls, space: Space, today: date) -> Self:
        names = ("id", "source_id", "name", "where", "seats", "rooms", "state", "version", "changed_at")
        return cls(
            labelled=space.label_on(today) is not None,
            hours=space.standard.horaires,
            **{name: getattr(space, name) for name in names},
        )


class SessionView(BaseModel):
    id: SessionId
    state: str
    training_code: str
    training_title: str
    bring: str
    place: Place
    room: str
    mediator_id: MediatorId
    starts_at: datetime
    ends_at: datetime
    hours: int
    capacity: int
    taken: int
    free: int
    reason: str
    version: int
    changed_at: datetime

    @classmethod
    def of(cls, session: Session) -> Self:
        ours = {"training_code", "training_title", "bring", "place"}
        return cls(
            training_code=session.training.code,
            training_title=session.training.title,
            bring=session.training.bring,
            place=session.where,
            **{name: getattr(session, name) for name in cls.model_fields if name not in ours},
        )


class LineView(BaseModel):
    source_id: str
    name: str
    outcome: str
    fields: list[str]


class RemarkView(BaseModel):
    """`pair`: the ids of two places that may be one."""

    line: int
    field: str
    value: str
    severity: str
    sentence: str
    pair: tuple[str, str] | None


class ImportView(BaseModel):
    """`id`: under which the result can be read for 90 days, at `/import/{id}`."""

    id: UUID
    standard: str
    records: int
    counts: dict[str, int]
    lines: list[LineView]
    remarks: list[RemarkView]

    @classmethod
    def of(cls, import_id: UUID, done: ImportResult) -> Self:
        names = ("standard", "records", "counts", "lines", "remarks")
        return cls.model_validate(
            {"id": import_id, **{name: getattr(done, name) for name in names}}, from_attributes=True
        )
