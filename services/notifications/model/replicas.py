"""What notifications knows from the others' events: whom to write to, and what about. Topics have no order."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from contracts.catalogue import Place, SessionChanged, SessionScheduled
from contracts.contacts import ContactStated
from contracts.ids import BeneficiaryId, BookId, BookingId, CentreId, MediatorId, SessionId
from contracts.mediators import MediatorStated
from contracts.prescription import CentreState
from contracts.words import Channel, PhoneKind, SupportNeed
from services.notifications.model.record import Record

CONTACT = (
    "version",
    "centre_id",
    "first_name",
    "last_initial",
    "channel",
    "phone",
    "phone_kind",
    "email",
    "language_level",
)


class Contact(Record):
    """How to reach a person (rule 4). Forgotten by a tombstone."""

    __tablename__ = "contacts"

    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    version: Mapped[int]
    centre_id: Mapped[CentreId]
    first_name: Mapped[str]
    last_initial: Mapped[str]
    channel: Mapped[Channel]
    phone: Mapped[str | None] = mapped_column(index=True)
    phone_kind: Mapped[PhoneKind | None]
    email: Mapped[str | None]
    postal_address: Mapped[list[str]] = mapped_column(ARRAY(Text))
    language_level: Mapped[str]
    opt_outs: Mapped[list[Channel]] = mapped_column(ARRAY(Text))
    support_needs: Mapped[list[SupportNeed]] = mapped_column(ARRAY(Text))

    @classmethod
    def stated(cls, event: ContactStated) -> "Contact":
        return cls(
            beneficiary_id=event.beneficiary_id,
            postal_address=list(event.postal_address),
            opt_outs=list(event.opt_outs),
            support_needs=list(event.support_needs),
            **{name: getattr(event, name) for name in CONTACT},
        )

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_initial}."

    def channels(self, stopped: Collection[Channel] = ()) -> list[Channel]:
        """List those that can reach the person, the wished first; the last is always a call by a human."""
        possible: dict[Channel, bool] = {
            "sms": self.phone_kind == "mobile",
            "email": bool(self.email),
            "letter": bool(self.postal_address),
        }
        wished = [self.channel, *possible]
        closed = {*self.opt_outs, *stopped}
        usable = [channel for channel in wished if possible.get(channel) and channel not in closed]
        return ["call"] if self.channel == "call" else [*dict.fromkeys(usable), "call"]


class Centre(Record):
    __tablename__ = "centres"

    id: Mapped[CentreId] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    phone: Mapped[str | None]

    @classmethod
    def stated(cls, event: CentreState) -> "Centre":
        return cls(id=event.centre_id, version=event.version, name=event.name, phone=event.phone)


class Mediator(Record):
    __tablename__ = "mediators"

    id: Mapped[MediatorId] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    phone: Mapped[str | None]

    @classmethod
    def stated(cls, event: MediatorStated) -> "Mediator":
        return cls(id=event.mediator_id, version=event.version, name=event.name, phone=event.phone)


class File(Record):
    """Which mediator follows the person now."""

    __tablename__ = "files"

    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    mediator_id: Mapped[MediatorId] = mapped_column(index=True)


class Session(Record):
    """What a notice says of a session."""

    __tablename__ = "sessions"

    id: Mapped[SessionId] = mapped_column(primary_key=True)
    version: Mapped[int]
    training_title: Mapped[str]
    bring: Mapped[str]
    place: Mapped[dict[str, Any]] = mapped_column(JSONB)
    mediator_id: Mapped[MediatorId]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]

    @classmethod
    def stated(cls, event: SessionScheduled | SessionChanged) -> "Session":
        return cls(
            id=event.session_id,
            version=event.version,
            training_title=event.training_title,
            bring=event.bring,
            place=event.place.model_dump(mode="json"),
            mediator_id=event.mediator_id,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
        )

    @property
    def where(self) -> Place:
        return Place.model_validate(self.place)


class Booking(Record):
    """Who goes where: reminders are planned from it. `edition` is the session's version of the last notice."""

    __tablename__ = "bookings"

    id: Mapped[BookingId] = mapped_column(primary_key=True)
    session_id: Mapped[SessionId] = mapped_column(index=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(index=True)
    state: Mapped[Literal["confirmed", "cancelled", "over"]]
    edition: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Book(Record):
    """Whether there is still something to use in it. `version` is the wallet's.

    `unseen_told_at`: that hours wait is said once. `stop_code` ends the link of that message.
    """

    __tablename__ = "books"

    id: Mapped[BookId] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(index=True)
    prescribed_at: Mapped[datetime | None]
    expires_on: Mapped[date | None]
    closed: Mapped[bool]
    available: Mapped[int]
    version: Mapped[int]
    unseen_told_at: Mapped[datetime | None]
    stop_code: Mapped[str | None] = mapped_column(unique=True)

    @property
    def usable(self) -> bool:
        return not self.closed and self.available > 0
