"""An entry of the catalogue, and each of its versions: what a session was sold as stays readable. Rule 12."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, REAL
from sqlalchemy.orm import Mapped, mapped_column

from contracts.catalogue import TrainingChanged, TrainingPublished, TrainingState, TrainingWithdrawn
from contracts.ids import TrainingId
from contracts.words import Audience, Level
from services.catalogue.model.record import Record
from services.catalogue.trainings import CODE, TrainingText
from services.catalogue.wording import THEMES

FROM_FILE = "fichier des formations"


class Training(Record):
    """`by_page`: a person wrote it by the pages, so the reviewed files no longer speak for it."""

    __tablename__ = "trainings"
    __table_args__ = (
        CheckConstraint(f"code ~ '{CODE}'", name="code"),
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
    words: Mapped[list[str]] = mapped_column(ARRAY(Text))
    by_page: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(index=True)

    @classmethod
    def published(
        cls, training_id: TrainingId, text: TrainingText, now: datetime, *, by_page: bool = False
    ) -> tuple["Training", TrainingPublished]:
        training = cls(id=training_id, version=0, state="published", by_page=by_page, words=[])
        training._write(text, now)
        return training, TrainingPublished(**training._stated())

    def rewrite(self, text: TrainingText, now: datetime, *, by_page: bool = False) -> TrainingChanged | None:
        """Take over the text, publish again what was withdrawn. None when nothing differs."""
        if self.state == "published" and text.model_dump() == self.text().model_dump():
            return None
        self.state, self.by_page = "published", self.by_page or by_page
        self._write(text, now)
        return TrainingChanged(**self._stated())

    def withdraw(self, now: datetime) -> TrainingWithdrawn | None:
        """Withdraw it: no session of it can be put on, those that are scheduled take place. None when it is already."""
        if self.state == "withdrawn":
            return None
        self.state, self.by_page = "withdrawn", True
        self.version, self.changed_at = self.version + 1, now
        return TrainingWithdrawn(**self._stated())

    def as_version(self, by: str) -> "TrainingVersion":
        return TrainingVersion(
            training_id=self.id,
            version=self.version,
            state=self.state,
            text=self.text().model_dump(mode="json"),
            at=self.changed_at,
            by=by,
        )

    def text(self) -> TrainingText:
        """Return what is stored: it was held to its limits when it was written."""
        values = {name: getattr(self, name) for name in TrainingText.model_fields}
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        return TrainingText.model_construct(None, **fields)

    def _write(self, text: TrainingText, now: datetime) -> None:
        for name, value in text.model_dump().items():
            setattr(self, name, list(value) if isinstance(value, tuple) else value)
        self.version, self.changed_at = self.version + 1, now

    def _stated(self) -> dict[str, object]:
        named = {name: getattr(self, name) for name in TrainingState.model_fields if name != "training_id"}
        return {"training_id": self.id, **named}


class TrainingVersion(Record):
    """A training as it was from `at` on. Never changed, never removed."""

    __tablename__ = "training_versions"

    training_id: Mapped[TrainingId] = mapped_column(ForeignKey("trainings.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    text: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime]
    by: Mapped[str]


class TrainingTerm(Record):
    """A stem by which a training is found, and how much it says about it."""

    __tablename__ = "training_terms"
    __table_args__ = (Index("ix_training_terms_term", "term", "training_id", "weight"),)

    training_id: Mapped[TrainingId] = mapped_column(ForeignKey("trainings.id"), primary_key=True)
    term: Mapped[str] = mapped_column(primary_key=True)
    weight: Mapped[float] = mapped_column(REAL)


def weighted_texts(training: Training) -> Iterator[tuple[str, float]]:
    """List each text that speaks of it, with its weight: a title says more than an objective."""
    yield training.title, 4
    yield " ".join(training.words), 4
    yield " ".join(THEMES[theme] for theme in training.themes), 1.5
    yield training.summary, 2
    yield " ".join(training.objectives), 1.5
    yield training.code, 1
