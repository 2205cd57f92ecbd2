"""Many sessions from one slot: every Tuesday until summer, or a week once more. Wall-clock time stays."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from sqlalchemy import Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.bounds import Day
from chassis.clock import PARIS
from services.catalogue.model.holidays import bank_holiday, school_days_known, school_holiday
from services.catalogue.model.record import Record
from services.catalogue.model.refusals import NotAMonday
from services.catalogue.model.session import SessionForm, exists

WEEK = timedelta(weeks=1)
LONGEST = 53  # weeks
UNKNOWN_YET = "les vacances scolaires de cette date ne sont pas encore publiées"


class Slot(NamedTuple):
    """A session to put on, or why not."""

    day: date
    form: SessionForm
    against: str = ""


class SeriesForm(SessionForm):
    """`until` is the last possible day. `in_holidays`: also when children have no school."""

    until: Day
    every: int = Field(1, ge=1, le=2, description="weeks")
    in_holidays: bool = False

    @model_validator(mode="after")
    def in_a_year(self) -> "SeriesForm":
        if not self.first_day <= self.until <= self.first_day + LONGEST * WEEK:
            raise ValueError("une série finit après son début, et dure un an au plus")
        return self

    @property
    def first_day(self) -> date:
        return self.starts_at.astimezone(PARIS).date()

    def slots(self) -> Iterator[Slot]:
        """List the possible days, each with what is against it."""
        for number in range(0, (self.until - self.first_day) // WEEK + 1, self.every):
            yield slot_on(self, self.first_day + number * WEEK, in_holidays=self.in_holidays)


class WeekForm(BaseModel):
    """Two Mondays. Children's holidays are no reason here: the person has chosen the week."""

    week: Day
    to_week: Day

    def slots(self, sessions: list[SessionForm]) -> Iterator[Slot]:
        """List these sessions a week or more away, each with what is against it. Raises NotAMonday."""
        if self.week.weekday() or self.to_week.weekday() or self.week == self.to_week:
            raise NotAMonday
        for form in sessions:
            day = form.starts_at.astimezone(PARIS).date()
            yield slot_on(form, day - self.week + self.to_week, in_holidays=True)


def slot_on(form: SessionForm, day: date, *, in_holidays: bool) -> Slot:
    """Put the session on that day at the same hour on the wall, also after the clocks have changed."""
    time = form.starts_at.astimezone(PARIS).time()
    local = datetime.combine(day, time, tzinfo=PARIS)
    slot = SessionForm.model_construct(**{name: getattr(form, name) for name in SessionForm.model_fields})
    return Slot(day, slot.model_copy(update={"starts_at": local}), _against(local, in_holidays=in_holidays))


def _against(local: datetime, *, in_holidays: bool) -> str:
    day = local.date()
    if not exists(local):
        return "cette heure n'existe pas ce jour-là"
    if name := bank_holiday(day):
        return f"jour férié, {name}"
    if in_holidays:
        return ""
    return school_holiday(day).lower() or ("" if school_days_known(day) else UNKNOWN_YET)


class Series(Record):
    """What became of it: the sessions that were put on, and the days that were left out with the reason."""

    __tablename__ = "series"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    by: Mapped[str]
    session_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    left_out: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
