"""Who opened or changed whose record, when and why; and how often each agent searches, day by day. Rule 27."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import Refusal
from contracts.ids import BeneficiaryId, CentreId, PrescriberId
from contracts.words import ActorKind
from county import reasons
from services.prescription.model.beneficiary import Beneficiary
from services.prescription.model.record import Record

BY_ITS_CENTRE = "suivi par son centre"
BY_THE_ADMINISTRATION = "liste de travail de l'administration"
OURS = (BY_ITS_CENTRE, BY_THE_ADMINISTRATION)
FORGOTTEN = "raison effacée avec la fiche"
What = Literal["opened", "page", "api", "book", "copy", "unbooked", "doubles", "changed"]


class ReasonAsked(reasons.ReasonAsked):
    """The record is another centre's: it opens for a reason."""

    closed = "Cette fiche est suivie par un autre centre. Dites pourquoi vous l'ouvrez"


@dataclass(frozen=True)
class Agent:
    """Who asks: an agent of a centre, or an administrator, who is of none."""

    subject: str
    name: str
    kind: ActorKind
    centre_id: CentreId | None = None
    prescriber_id: PrescriberId | None = None

    def follows(self, person: Beneficiary) -> bool:
        return self.centre_id in person.followed_by


class RecordAccess(Record):
    """Who opened or changed a record: `why` is «suivi par son centre», a reason, or the fields that were changed."""

    __tablename__ = "readings"
    __table_args__ = (
        CheckConstraint(
            "what in ('opened', 'page', 'api', 'book', 'copy', 'unbooked', 'doubles', 'changed')", name="what"
        ),
        CheckConstraint("why <> ''", name="why"),
        Index(None, "beneficiary_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("beneficiaries.id"))
    subject: Mapped[str]
    name: Mapped[str]
    centre_id: Mapped[CentreId | None]
    what: Mapped[What]
    why: Mapped[str]
    at: Mapped[datetime]


class PastRecordAccess(Record):
    """Who opened the record of somebody who was erased, and when; of whom is a digest (`Digests.of_id`)."""

    __tablename__ = "past_readings"
    __table_args__ = (Index(None, "digest"), Index(None, "at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    digest: Mapped[bytes]
    subject: Mapped[str]
    name: Mapped[str]
    centre_id: Mapped[CentreId | None]
    what: Mapped[What]
    why: Mapped[str]
    at: Mapped[datetime]


class TooManySearches(Refusal):
    status = 429

    def __init__(self) -> None:
        super().__init__(
            "Vous avez fait trop de recherches aujourd'hui. "
            "Demandez à l'administrateur du Pass numérique, ou revenez demain."
        )


@dataclass(frozen=True)
class SearchPolicy:
    """Searches of one agent in one day: from `alarm` on an administrator is told, after `most` there are no more."""

    alarm: int
    most: int


class SearchCount(Record):
    """How often an agent searched that day; `others` are the people of other centres that were shown."""

    __tablename__ = "searches"

    day: Mapped[date] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    searches: Mapped[int]
    others: Mapped[int]
