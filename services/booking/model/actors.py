"""People as booking needs them: a first name and an initial for the sheet, mediators in post, messages that failed."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from contracts.ids import BeneficiaryId, BookingId, MediatorId, NoticeId
from contracts.words import Audience, Channel, NoticeKind
from services.booking.model.record import Record


class Person(Record):
    """Completed as news of them come in, in any order. The name is all that booking may know (rule 26)."""

    __tablename__ = "people"

    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    contact_version: Mapped[int]
    first_name: Mapped[str | None]
    last_initial: Mapped[str | None]
    channel: Mapped[Channel | None]
    commune_insee: Mapped[str | None]
    audiences: Mapped[list[Audience]] = mapped_column(ARRAY(Text))

    @classmethod
    def unknown(cls, beneficiary_id: BeneficiaryId) -> "Person":
        return cls(
            beneficiary_id=beneficiary_id,
            contact_version=0,
            first_name=None,
            last_initial=None,
            channel=None,
            commune_insee=None,
            audiences=[],
        )

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_initial}." if self.first_name else "Nom pas encore reçu"

    def forget(self) -> None:
        self.first_name = self.last_initial = self.channel = None


class Mediator(Record):
    __tablename__ = "mediators"

    id: Mapped[MediatorId] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    in_post: Mapped[bool]


class TroubledNotice(Record):
    """A message that did not reach the person: the mediator sees it and calls."""

    __tablename__ = "troubled_notices"

    notice_id: Mapped[NoticeId] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(index=True)
    booking_id: Mapped[BookingId | None]
    kind: Mapped[NoticeKind]
    to_call: Mapped[bool]
    reason: Mapped[str]
    heard_at: Mapped[datetime]
