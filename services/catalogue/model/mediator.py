"""A mediator in post: the name and phone that residents are given, where and what they teach. Rule 10."""

from datetime import date
from typing import Any, Self

from pydantic import BaseModel, Field, field_validator
from sqlalchemy import Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.bounds import Day
from chassis.texts import OneLine
from contracts.catalogue import MediatorLeft, MediatorPosted
from contracts.ids import MediatorId, SpaceId
from contracts.mediators import MediatorForgotten, MediatorStated
from county import phones
from county.emails import email_address
from services.catalogue.model.record import Record
from services.catalogue.trainings import Theme


class MediatorForm(BaseModel):
    """`left_on` is the first day out of post; it may be entered ahead. Whoever has an `email` signs in with it."""

    name: OneLine = Field(min_length=1, max_length=80)
    phone: str | None = None
    email: str | None = None
    space_ids: tuple[SpaceId, ...] = ()
    skills: tuple[Theme, ...] = ()
    left_on: Day | None = None

    @field_validator("left_on", mode="before")
    @classmethod
    def nothing(cls, text: object) -> object:
        return text or None

    @field_validator("phone")
    @classmethod
    def dialled(cls, text: str | None) -> str | None:
        """Write the number in E.164, with its extension."""
        return phones.read(text).number if text else None

    @field_validator("email")
    @classmethod
    def written_right(cls, text: str | None) -> str | None:
        return email_address(text.strip()) if text and text.strip() else None


class Mediator(Record):
    """`in_post` is what was last published: a departure that was entered ahead is published when its day has come."""

    __tablename__ = "mediators"

    id: Mapped[MediatorId] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    space_ids: Mapped[list[SpaceId]] = mapped_column(ARRAY(Uuid))
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text))
    left_on: Mapped[date | None]
    in_post: Mapped[bool]

    @classmethod
    def posted(cls, mediator_id: MediatorId, form: MediatorForm, today: date) -> Self:
        mediator = cls(id=mediator_id, version=0, **_values(form))
        mediator._settle(today)
        return mediator

    def change(self, form: MediatorForm, today: date) -> bool:
        """Take over the form. False when nothing differs."""
        values = _values(form)
        if all(getattr(self, name) == value for name, value in values.items()):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        self._settle(today)
        return True

    def due_event(self, today: date) -> MediatorPosted | MediatorLeft | None:
        """Decide what is to be published on the day on which the post ends, or begins again."""
        if self.in_post == self.in_post_on(today):
            return None
        self._settle(today)
        return self.stated()

    def _settle(self, today: date) -> None:
        self.in_post = self.in_post_on(today)
        self.version += 1

    def in_post_on(self, day: date) -> bool:
        return self.left_on is None or day < self.left_on

    def stated(self) -> MediatorPosted | MediatorLeft:
        kind = MediatorPosted if self.in_post else MediatorLeft
        return kind(
            mediator_id=self.id,
            version=self.version,
            space_ids=tuple(self.space_ids),
            skills=tuple(self.skills),
            left_on=self.left_on,
        )

    def contact(self) -> MediatorStated | MediatorForgotten:
        """State the name and number that residents are given, and their own address, while they are in post."""
        if not self.in_post:
            return MediatorForgotten(mediator_id=self.id)
        known = {"name": self.name, "phone": self.phone, "email": self.email}
        return MediatorStated(mediator_id=self.id, version=self.version, **known)


def _values(form: MediatorForm) -> dict[str, Any]:
    return form.model_dump() | {"space_ids": list(form.space_ids), "skills": list(form.skills)}
