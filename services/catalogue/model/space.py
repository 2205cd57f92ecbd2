"""A digital space: its place as the file has it, what we corrected by hand, its rooms and labels. Rules 10 and 11."""

from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.clock import PARIS
from contracts.catalogue import Place as Where
from contracts.catalogue import SpaceChanged, SpaceClosed, SpaceListed, SpaceState
from contracts.ids import SpaceId
from county.communes import by_insee
from services.catalogue.model.label import ONE_DAY, Label, LabelForm, period_of
from services.catalogue.model.record import Record
from services.catalogue.model.refusals import LabelsOverlap, NoLabelThen, SeatsLater
from services.catalogue.standards import OUR_LABEL, Place

NOWHERE = {"latitude": None, "longitude": None}
Kind = type[SpaceListed | SpaceChanged | SpaceClosed]


class SpaceDetails(NamedTuple):
    """What a person enters by hand: fields of the standard, rooms, and seats unless they stay as they are."""

    values: dict[str, Any]
    rooms: list[str]
    seats: int | None = None

    def over(self, was: Place) -> dict[str, Any]:
        """Return the values; a place that moves to another commune leaves its old position behind."""
        moved = self.values.get("commune", was.commune) != was.commune
        same_spot = all(self.values.get(name, getattr(was, name)) == getattr(was, name) for name in NOWHERE)
        return self.values | NOWHERE if moved and same_spot else self.values


class Space(Record):
    """`source_id` is the place's id in the file that it came from; `list_name` the whole list that names it.

    `place` is what the file says, `corrections` what a person wrote over it: the next file does not undo that.
    `missing_since`: the list no longer has it; nothing is closed for that, a person decides.
    """

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
    corrections: Mapped[dict[str, Any]] = mapped_column(JSONB)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    seats: Mapped[int]
    rooms: Mapped[list[str]] = mapped_column(ARRAY(Text))
    list_name: Mapped[str | None] = mapped_column(index=True)
    missing_since: Mapped[date | None]
    changed_at: Mapped[datetime] = mapped_column(index=True)
    labels: Mapped[list[Label]] = relationship(lazy="raise", order_by="Label.valid", cascade="all, delete-orphan")

    @classmethod
    def listed(cls, space_id: SpaceId, place: Place, now: datetime) -> "Space":
        space = cls(id=space_id, version=0, state="listed", seats=0, labels=[], rooms=[], corrections={})
        space._write(place, now)
        return space

    def rewrite(self, place: Place, now: datetime) -> bool:
        """Take over what the file has now. False when nothing differs, from the file before or from what we publish."""
        if place in (self.as_filed, self.standard):
            return False
        self._write(place, now)
        return True

    def correct(self, details: SpaceDetails, now: datetime) -> bool:
        """Correct by hand; a value that the file has is no correction. False when nothing differs.

        Raises ValidationError.
        """
        filed = self.as_filed
        values = details.over(self.standard)
        corrected = Place.model_validate(filed.model_dump() | values)
        corrected_names = {name for name in values if getattr(corrected, name) != getattr(filed, name)}
        dumped = corrected.model_dump(mode="json", include=corrected_names)
        seats = self.seats if details.seats is None else details.seats
        if (dumped, details.rooms, seats) == (self.corrections, self.rooms, self.seats):
            return False
        self.corrections, self.rooms, self.seats = dumped, details.rooms, seats
        self._settle(now)
        return True

    def close(self, now: datetime, *, closed: bool) -> bool:
        """Close it: no new sessions, no longer shown; or open it again. False when it is so already."""
        state: Literal["listed", "closed"] = "closed" if closed else "listed"
        if self.state == state:
            return False
        self.state = state
        self._settle(now)
        return True

    def restore(self, event: SpaceState, at: datetime) -> None:
        """Restore what was published, without its labels."""
        self.state = "closed" if isinstance(event, SpaceClosed) else "listed"
        self.place, self.corrections = {**(event.filed or {})}, {**(event.corrections or {})}
        self.source_id, self.list_name = str(self.place["id"]), event.list_name
        self.rooms, self.seats, self.version = [*event.rooms], event.seats, event.version - 1
        self._settle(at)

    def _write(self, place: Place, now: datetime) -> None:
        self.source_id, self.place = place.id, place.model_dump(mode="json", exclude_defaults=True)
        self._settle(now)

    def _settle(self, now: datetime) -> None:
        """The columns that are asked by."""
        place = self.standard
        commune = by_insee(place.code_insee or "")
        position = commune.position if commune and place.latitude is None else (place.latitude, place.longitude)
        self.name, self.commune_insee = place.nom, place.code_insee
        self.latitude, self.longitude = position
        self.version, self.changed_at = self.version + 1, now

    @property
    def as_filed(self) -> Place:
        return Place.model_validate(self.place, strict=False)

    @property
    def standard(self) -> Place:
        return Place.model_validate(self.place | self.corrections, strict=False)

    @property
    def commune(self) -> str:
        """Name its commune without reading the whole place: lists of sessions do."""
        return str((self.place | self.corrections)["commune"])

    def published(self, today: date) -> Place:
        """Return the place with our label among its others, on a day on which it has it."""
        place = self.standard
        others = place.autres_formations_labels
        if self.label_on(today) is None or OUR_LABEL in others:
            return place
        return place.model_copy(update={"autres_formations_labels": (*others, OUR_LABEL)})

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

    def label_on(self, day: date) -> Label | None:
        return next((label for label in self.labels if label.valid.contains(day)), None)

    def labelled_from(self, day: date) -> bool:
        """Tell whether it has a label on that day or on a later one."""
        return any(label.last_day is None or label.last_day >= day for label in self.labels)

    @property
    def labelled_until(self) -> date | None:
        """Find the last day of its last label; None without one, or without an end."""
        if not self.labels or any(label.last_day is None for label in self.labels):
            return None
        return max(label.last_day for label in self.labels if label.last_day)

    def label_from(self, form: LabelForm, now: datetime) -> Label:
        """Add a label; the database refuses two at once (temporal primary key). Raises SeatsLater, LabelsOverlap."""
        if any(label.valid == form.valid for label in self.labels):
            raise LabelsOverlap
        if self.seats not in (0, form.seats) and form.first_day > now.astimezone(PARIS).date():
            raise SeatsLater(self.seats)
        label = Label(space_id=self.id, valid=form.valid, warned=False, ended=False)
        self.labels.append(label)
        self.seats = form.seats
        self._settle(now)
        return label

    def end_label(self, last_day: date, now: datetime) -> None:
        """Leave no label after that day; the database refuses it while sessions are planned. Raises NoLabelThen."""
        ending = self.label_on(last_day)
        if ending is None:
            raise NoLabelThen
        for label in [label for label in self.labels if not label.begins_by(last_day)]:
            self.labels.remove(label)
        ending.end(last_day)
        self._settle(now)

    def changed(self, now: datetime) -> SpaceListed | SpaceChanged | SpaceClosed:
        """State what changed; a closed space stays closed, whatever changes."""
        return self.stated(SpaceClosed if self.state == "closed" else SpaceChanged, now)

    def stated(self, kind: Kind, now: datetime) -> SpaceListed | SpaceChanged | SpaceClosed:
        label = period_of(self.labels, now.astimezone(PARIS).date())
        where = self.where.model_dump(exclude={"phone", "room"})
        return kind(
            **where,
            version=self.version,
            seats=self.seats,
            accessibility=self.standard.fiche_acces_libre,
            label_from=label.lower if label else None,
            label_to=label.upper - ONE_DAY if label and label.upper else None,
            filed=self.place,
            corrections=self.corrections,
            rooms=tuple(self.rooms),
            list_name=self.list_name,
            labels=tuple(label.period for label in self.labels),
        )
