"""A digital space, its place in the national standard, and the labels that let it host sessions. Rules 10 and 11."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator, model_validator
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contracts.catalogue import LabelEnded, LabelEnding, SpaceChanged, SpaceListed
from contracts.catalogue import Place as Where
from contracts.ids import SpaceId
from services.catalogue.model.record import Record
from services.catalogue.standards import Place

ONE_DAY = timedelta(days=1)


class LabelForm(BaseModel):
    """Both days are included; no last day means until further notice. `seats` are those of the space."""

    first_day: date
    last_day: date | None = None
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


class Space(Record):
    """`source_id` is the place's id in the file that it came from."""

    __tablename__ = "spaces"
    __table_args__ = (
        CheckConstraint("seats >= 0", name="seats"),
        CheckConstraint("state in ('listed', 'closed')", name="state"),
    )

    id: Mapped[SpaceId] = mapped_column(primary_key=True)
    version: Mapped[int]
    state: Mapped[Literal["listed", "closed"]]
    source_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    commune_insee: Mapped[str | None] = mapped_column(index=True)
    place: Mapped[dict[str, Any]] = mapped_column(JSONB)
    seats: Mapped[int]
    labels: Mapped[list["Label"]] = relationship(lazy="raise", order_by="Label.valid")

    @classmethod
    def listed(cls, space_id: SpaceId, place: Place) -> "Space":
        space = cls(id=space_id, version=0, state="listed", seats=0, labels=[])
        space._write(place)
        return space

    def rewrite(self, place: Place) -> bool:
        """False when nothing differs."""
        if place == self.standard:
            return False
        self._write(place)
        return True

    def _write(self, place: Place) -> None:
        self.source_id, self.name, self.commune_insee = place.id, place.nom, place.code_insee
        self.place = place.model_dump(mode="json", exclude_defaults=True)
        self.version += 1

    @property
    def standard(self) -> Place:
        return Place.model_validate(self.place, strict=False)

    @property
    def where(self) -> Where:
        place = self.standard
        street = [place.adresse, place.complement_adresse or ""]
        return Where(
            space_id=self.id,
            name=place.nom,
            address=", ".join(filter(None, street)),
            postal_code=place.code_postal,
            commune=place.commune,
            commune_insee=place.code_insee or "",
            latitude=place.latitude,
            longitude=place.longitude,
            phone=place.telephone,
        )

    def label_on(self, day: date) -> "Label | None":
        return next((label for label in self.labels if label.valid.contains(day)), None)

    def label_from(self, form: LabelForm) -> "Label":
        """The database refuses two labels at once (temporal primary key)."""
        label = Label(space_id=self.id, valid=form.valid, warned=False, ended=False)
        self.labels.append(label)
        self.seats = form.seats
        self.version += 1
        return label

    def stated(self, kind: type[SpaceListed | SpaceChanged]) -> SpaceListed | SpaceChanged:
        """With its last label."""
        label = self.labels[-1] if self.labels else None
        where = self.where.model_dump(exclude={"phone"})
        return kind(
            **where,
            version=self.version,
            seats=self.seats,
            accessibility=self.standard.fiche_acces_libre,
            label_from=label.first_day if label else None,
            label_to=label.last_day if label else None,
        )


class Label(Record):
    """A period in which the space may host sessions; the range excludes its upper day."""

    __tablename__ = "labels"

    space_id: Mapped[SpaceId] = mapped_column(ForeignKey("spaces.id"), primary_key=True)
    valid: Mapped[Range[date]] = mapped_column(DATERANGE, primary_key=True)
    warned: Mapped[bool]
    ended: Mapped[bool]

    @property
    def first_day(self) -> date | None:
        return self.valid.lower

    @property
    def last_day(self) -> date | None:
        return self.valid.upper - ONE_DAY if self.valid.upper else None

    def look(self, today: date, warns: timedelta) -> Sequence[LabelEnding | LabelEnded]:
        """What is to be said of it today: once before its end, once after (rule 11)."""
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
