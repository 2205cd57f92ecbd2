"""A period in which a space may host sessions. Rules 10 and 11."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from pydantic import BaseModel, Field, field_validator, model_validator
from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from chassis.bounds import Day
from contracts.catalogue import LabelEnded, LabelEnding, LabelPeriod
from contracts.ids import SpaceId
from services.catalogue.model.record import Record

ONE_DAY = timedelta(days=1)


class LabelForm(BaseModel):
    """Both days are included; no last day means until further notice. `seats` are those of the space."""

    first_day: Day
    last_day: Day | None = None
    seats: int = Field(ge=1, le=200)

    @field_validator("last_day", mode="before")
    @classmethod
    def nothing(cls, text: object) -> object:
        return text or None

    @model_validator(mode="after")
    def in_order(self) -> "LabelForm":
        if self.last_day and self.last_day < self.first_day:
            raise ValueError("le label finit avant de commencer : vérifiez les deux dates")
        return self

    @property
    def valid(self) -> Range[date]:
        return Range(self.first_day, self.last_day + ONE_DAY if self.last_day else None)


def period_of(labels: Iterable["Label"], today: date) -> Range[date] | None:
    """Find the period of today, else the next, else the last. Labels without a day between them are one period."""
    joined: list[Range[date]] = []
    for valid in sorted((label.valid for label in labels), key=lambda valid: valid.lower or date.min):
        if joined and joined[-1].adjacent_to(valid):
            joined[-1] = joined[-1].union(valid)
        else:
            joined.append(valid)
    last = joined[-1] if joined else None
    return next((period for period in joined if period.upper is None or period.upper > today), last)


class Label(Record):
    """The range excludes its upper day."""

    __tablename__ = "labels"

    space_id: Mapped[SpaceId] = mapped_column(ForeignKey("spaces.id"), primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    warned: Mapped[bool]
    ended: Mapped[bool]

    @classmethod
    def of(cls, space_id: SpaceId, period: LabelPeriod) -> "Label":
        upper = period.last_day + ONE_DAY if period.last_day else None
        return cls(space_id=space_id, valid=Range(period.first_day, upper), warned=False, ended=False)

    @property
    def first_day(self) -> date | None:
        return self.valid.lower

    @property
    def last_day(self) -> date | None:
        return self.valid.upper - ONE_DAY if self.valid.upper else None

    @property
    def period(self) -> LabelPeriod:
        return LabelPeriod(first_day=self.first_day or date.min, last_day=self.last_day)

    def begins_by(self, day: date) -> bool:
        return self.first_day is None or self.first_day <= day

    def end(self, last_day: date) -> None:
        """Move its last day: the end is announced anew."""
        self.valid = Range(self.valid.lower, last_day + ONE_DAY)
        self.warned = self.ended = False

    def due_events(self, today: date, warns: timedelta) -> Sequence[LabelEnding | LabelEnded]:
        """Decide what is to be published of it today: once before its end, once after (rule 11)."""
        last = self.last_day
        if last is None or self.ended:
            return []
        if today > last:
            self.ended = True
            return [LabelEnded(space_id=self.space_id, ended_on=last)]
        if self.warned or today + warns < last:
            return []
        self.warned = True
        return [LabelEnding(space_id=self.space_id, ends_on=last)]
