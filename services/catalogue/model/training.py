"""An entry of the catalogue. Rule 12."""

from typing import Literal

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from contracts.catalogue import TrainingChanged, TrainingPublished, TrainingState
from contracts.ids import TrainingId
from contracts.words import Audience, Level
from services.catalogue.model.record import Record
from services.catalogue.trainings import TrainingText


class Training(Record):
    __tablename__ = "trainings"
    __table_args__ = (
        CheckConstraint("hours between 1 and 4", name="hours"),
        CheckConstraint("char_length(summary) <= 280", name="summary"),
        CheckConstraint("level in ('débutant', 'intermédiaire', 'avancé')", name="level"),
        CheckConstraint("state in ('published', 'withdrawn')", name="state"),
    )

    id: Mapped[TrainingId] = mapped_column(primary_key=True)
    version: Mapped[int]
    state: Mapped[Literal["published", "withdrawn"]]
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str]
    objectives: Mapped[list[str]] = mapped_column(ARRAY(Text))
    prerequisites: Mapped[str]
    level: Mapped[Level]
    themes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    thematiques: Mapped[list[str]] = mapped_column(ARRAY(Text))
    audiences: Mapped[list[Audience]] = mapped_column(ARRAY(Text))
    hours: Mapped[int]
    accessibility: Mapped[str]
    bring: Mapped[str]

    @classmethod
    def published(cls, training_id: TrainingId, text: TrainingText) -> tuple["Training", TrainingPublished]:
        training = cls(id=training_id, version=0, state="published")
        training._write(text)
        return training, TrainingPublished(**training._stated())

    def rewritten(self, text: TrainingText) -> TrainingChanged | None:
        """None when nothing differs."""
        if self.state == "published" and text.model_dump() == self._text():
            return None
        self.state = "published"
        self._write(text)
        return TrainingChanged(**self._stated())

    def _write(self, text: TrainingText) -> None:
        for name, value in text.model_dump().items():
            setattr(self, name, list(value) if isinstance(value, tuple) else value)
        self.version += 1

    def _text(self) -> dict[str, object]:
        values = {name: getattr(self, name) for name in TrainingText.model_fields}
        return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}

    def _stated(self) -> dict[str, object]:
        named = {name: getattr(self, name) for name in TrainingState.model_fields if name != "training_id"}
        return {"training_id": self.id, **named}
