"""What booking knows of other services' things, from their events: people, mediators, trainings, failed messages."""

from datetime import datetime

from sqlalchemy import Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from contracts.contacts import ContactStated
from contracts.ids import BeneficiaryId, BookingId, CentreId, MediatorId, NoticeId, SpaceId, TrainingId
from contracts.prescription import BeneficiaryChanged, BeneficiaryRegistered
from contracts.words import Audience, Channel, Level, NoticeKind, SupportNeed
from services.booking.model.record import Record


class Person(Record):
    """Completed as news of them come in, in any order. The name is all that booking may know (rule 26)."""

    __tablename__ = "people"

    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    contact_version: Mapped[int]
    centre_id: Mapped[CentreId | None]
    first_name: Mapped[str | None]
    last_initial: Mapped[str | None]
    channel: Mapped[Channel | None]
    commune_insee: Mapped[str | None]
    audiences: Mapped[list[Audience]] = mapped_column(ARRAY(Text))
    support_needs: Mapped[list[SupportNeed]] = mapped_column(ARRAY(Text))
    interpreter: Mapped[bool]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_initial}." if self.first_name else "Nom pas encore reçu"

    def register(self, event: BeneficiaryRegistered | BeneficiaryChanged) -> None:
        self.audiences = list(event.audiences)

    def apply(self, event: ContactStated) -> None:
        """Take what a sheet and a plan need; older news change nothing."""
        if event.version <= self.contact_version:
            return
        self.contact_version, self.channel, self.centre_id = event.version, event.channel, event.centre_id
        self.first_name, self.last_initial = event.first_name, event.last_initial
        self.support_needs, self.interpreter = list(event.support_needs), event.language_level == "interpreter"
        self.commune_insee = event.commune_insee or self.commune_insee

    def forget(self) -> None:
        self.first_name = self.last_initial = self.channel = self.commune_insee = None


class Mediator(Record):
    """A professional of the catalogue; name and phone are those given to residents, of a topic of their own."""

    __tablename__ = "mediators"

    id: Mapped[MediatorId] = mapped_column(primary_key=True)
    version: Mapped[int]
    contact_version: Mapped[int] = mapped_column(server_default="0")
    name: Mapped[str]
    phone: Mapped[str | None]
    space_ids: Mapped[list[SpaceId]] = mapped_column(ARRAY(Uuid))
    in_post: Mapped[bool]


class Training(Record):
    """What a learning plan is made of, as catalogue publishes it."""

    __tablename__ = "trainings"

    id: Mapped[TrainingId] = mapped_column(primary_key=True)
    version: Mapped[int]
    code: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]
    level: Mapped[Level]
    themes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    audiences: Mapped[list[Audience]] = mapped_column(ARRAY(Text))
    hours: Mapped[int]
    published: Mapped[bool]


class TroubledNotice(Record):
    """A message that did not reach the person: the mediator sees it and calls."""

    __tablename__ = "troubled_notices"

    notice_id: Mapped[NoticeId] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(index=True)
    booking_id: Mapped[BookingId | None]
    kind: Mapped[NoticeKind]
    to_call: Mapped[bool]
    reason: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column("heard_at")


class Alias(Record):
    """Two records were one person: what still comes about `merged_id` is the survivor's (rule 5)."""

    __tablename__ = "aliases"

    merged_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    survivor_id: Mapped[BeneficiaryId] = mapped_column("kept_id", index=True)
