"""A mediator in post: the name and phone that residents are given, where and what they teach. Rule 10."""

from datetime import date
from typing import Any, Self

import phonenumbers
from pydantic import BaseModel, Field, field_validator
from sqlalchemy import Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from contracts.catalogue import MediatorLeft, MediatorPosted
from contracts.ids import MediatorId, SpaceId
from services.catalogue.model.record import Record
from services.catalogue.trainings import Theme


class MediatorForm(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    phone: str | None = None
    space_ids: tuple[SpaceId, ...] = ()
    skills: tuple[Theme, ...] = ()
    left_on: date | None = None

    @field_validator("left_on", mode="before")
    @classmethod
    def nothing(cls, text: object) -> object:
        return text or None

    @field_validator("phone")
    @classmethod
    def dialled(cls, text: str | None) -> str | None:
        """E.164."""
        if not text:
            return None
        try:
            number = phonenumbers.parse(text, "FR")
        except phonenumbers.NumberParseException as error:
            raise ValueError("ce numéro de téléphone n'est pas compris") from error
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Mediator(Record):
    __tablename__ = "mediators"

    id: Mapped[MediatorId] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    phone: Mapped[str | None]
    space_ids: Mapped[list[SpaceId]] = mapped_column(ARRAY(Uuid))
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text))
    left_on: Mapped[date | None]

    @classmethod
    def posted(cls, mediator_id: MediatorId, form: MediatorForm) -> Self:
        return cls(id=mediator_id, version=1, **_values(form))

    def changed(self, form: MediatorForm) -> bool:
        """False when nothing differs."""
        values = _values(form)
        if all(getattr(self, name) == value for name, value in values.items()):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        self.version += 1
        return True

    def in_post_on(self, day: date) -> bool:
        return self.left_on is None or day < self.left_on

    def stated(self) -> MediatorPosted | MediatorLeft:
        kind = MediatorLeft if self.left_on else MediatorPosted
        return kind(
            mediator_id=self.id,
            version=self.version,
            name=self.name,
            phone=self.phone,
            space_ids=tuple(self.space_ids),
        )


def _values(form: MediatorForm) -> dict[str, Any]:
    return form.model_dump() | {"space_ids": list(form.space_ids), "skills": list(form.skills)}
