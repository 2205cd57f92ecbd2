"""A beneficiary's case at the mediator: proposed, accepted, handed over; needs, level and learning plan. Rule 19."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import NotAllowed, Refusal
from contracts.booking import FileAccepted, FileHandedOver, FileProposed, PlanChanged
from contracts.ids import BeneficiaryId, MediatorId, TrainingId
from contracts.words import Level, Need
from services.booking.model.record import Record

FileEvent = FileProposed | FileAccepted | FileHandedOver
LONGEST_PLAN = 40  # hours in a life (rule 1)


class FileOfAnother(NotAllowed):
    def __init__(self) -> None:
        super().__init__("Ce dossier est suivi par un autre médiateur. Demandez-lui de vous le transmettre.")


class AlreadyAccepted(Refusal):
    def __init__(self) -> None:
        super().__init__("Ce dossier vient d'être repris par un autre médiateur.")


class HandedToOneself(Refusal):
    def __init__(self) -> None:
        super().__init__("Ce dossier est déjà le vôtre : choisissez un autre médiateur en poste.")


class File(Record):
    """Proposed to one mediator; whoever accepts first follows it. `proposed_at` is when it was last proposed."""

    __tablename__ = "files"
    __table_args__ = (
        CheckConstraint("state in ('proposed', 'accepted')", name="state"),
        CheckConstraint("level in ('débutant', 'intermédiaire', 'avancé')", name="level"),
        CheckConstraint("state = 'proposed' or (mediator_id is not null and accepted_at is not null)", name="accepted"),
        Index(None, "mediator_id", "state"),
    )

    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    state: Mapped[Literal["proposed", "accepted"]]
    mediator_id: Mapped[MediatorId | None]
    opened_at: Mapped[datetime]
    proposed_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    needs: Mapped[list[Need]] = mapped_column(ARRAY(Text))
    level: Mapped[Level | None]
    plan: Mapped[list[TrainingId]] = mapped_column(ARRAY(Uuid))
    plan_version: Mapped[int]

    @classmethod
    def proposed(cls, beneficiary_id: BeneficiaryId, mediator_id: MediatorId | None, now: datetime) -> "File":
        return cls(
            beneficiary_id=beneficiary_id,
            state="proposed",
            mediator_id=mediator_id,
            opened_at=now,
            proposed_at=now,
            accepted_at=None,
            needs=[],
            level=None,
            plan=[],
            plan_version=0,
        )

    def announced(self) -> Sequence[FileProposed]:
        """Publish nothing of a file that waits for the first mediator in post."""
        if self.mediator_id is None:
            return []
        return [
            FileProposed(beneficiary_id=self.beneficiary_id, mediator_id=self.mediator_id, proposed_at=self.proposed_at)
        ]

    def propose_to(self, mediator_id: MediatorId, now: datetime) -> Sequence[FileProposed | FileHandedOver]:
        """Who it was proposed to did not take it over in time, or there was nobody; or who followed it has left."""
        if self.state == "accepted" and self.mediator_id:
            handed = self._handed(self.mediator_id, mediator_id, "départ du médiateur", now)
            return [handed, *self.announced()]
        self.mediator_id, self.proposed_at = mediator_id, now
        return self.announced()

    def accept(self, by: MediatorId, now: datetime) -> FileAccepted | None:
        """Take it over; answer None when it is theirs already. Raises AlreadyAccepted."""
        if self.state == "accepted":
            if self.mediator_id == by:
                return None
            raise AlreadyAccepted
        self.state, self.mediator_id, self.accepted_at = "accepted", by, now
        delay = round((now - self.proposed_at).total_seconds())
        return FileAccepted(beneficiary_id=self.beneficiary_id, mediator_id=by, accepted_at=now, delay_s=delay)

    def hand_over(self, *, by: MediatorId, to: MediatorId, reason: str, now: datetime) -> FileHandedOver:
        """It waits for the other's acceptance. Raises FileOfAnother, HandedToOneself."""
        self.check_followed_by(by)
        if to == by:
            raise HandedToOneself
        return self._handed(by, to, reason, now)

    def _handed(self, by: MediatorId, to: MediatorId, reason: str, now: datetime) -> FileHandedOver:
        delay = round((now - (self.accepted_at or now)).total_seconds())
        self.state, self.mediator_id, self.proposed_at, self.accepted_at = "proposed", to, now, None
        return FileHandedOver(
            beneficiary_id=self.beneficiary_id, from_mediator_id=by, to_mediator_id=to, reason=reason, delay_s=delay
        )

    def take_over_from(self, other: "File") -> PlanChanged | None:
        """Join two files of a person: whoever follows either goes on; what was noted and planned stays."""
        self.opened_at = min(self.opened_at, other.opened_at)
        self.note([*self.needs, *other.needs], self.level or other.level)
        if self.state == "proposed" and other.state == "accepted":
            self.state, self.mediator_id, self.accepted_at = "accepted", other.mediator_id, other.accepted_at
        return self.replan([*self.plan, *other.plan])

    def note(self, needs: Sequence[Need], level: Level | None) -> None:
        """Note codes, never free text: booking holds no more of a person than an attendance sheet needs (rule 26)."""
        self.needs, self.level = list(dict.fromkeys(needs)), level

    def replan(self, plan: Sequence[TrainingId]) -> PlanChanged | None:
        """Plan these trainings in their order; answer None when nothing changed."""
        wanted = list(dict.fromkeys(plan))[:LONGEST_PLAN]
        if wanted == self.plan:
            return None
        self.plan = wanted
        return self.planned()

    def planned(self) -> PlanChanged:
        self.plan_version += 1
        return PlanChanged(beneficiary_id=self.beneficiary_id, version=self.plan_version, training_ids=tuple(self.plan))

    def check_followed_by(self, mediator_id: MediatorId | None) -> None:
        """Check that this mediator follows it. Raises FileOfAnother."""
        if self.state != "accepted" or self.mediator_id != mediator_id:
            raise FileOfAnother


class FileMove(Record):
    """The trace of a file: who was proposed it, took it over, handed it to whom, after how long."""

    __tablename__ = "file_moves"
    __table_args__ = (
        CheckConstraint("what in ('proposed', 'accepted', 'handed_over')", name="what"),
        Index(None, "beneficiary_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId]
    what: Mapped[Literal["proposed", "accepted", "handed_over"]]
    mediator_id: Mapped[MediatorId]
    to_mediator_id: Mapped[MediatorId | None]
    reason: Mapped[str]
    delay_s: Mapped[int | None]
    at: Mapped[datetime]

    @classmethod
    def of(cls, event: FileEvent, now: datetime) -> "FileMove":
        known = {"beneficiary_id": event.beneficiary_id, "at": now, "reason": "", "delay_s": None}
        match event:
            case FileProposed():
                return cls(what="proposed", mediator_id=event.mediator_id, **known)
            case FileAccepted():
                return cls(what="accepted", mediator_id=event.mediator_id, **known | {"delay_s": event.delay_s})
            case FileHandedOver():
                traced = {"reason": event.reason, "delay_s": event.delay_s, "to_mediator_id": event.to_mediator_id}
                return cls(what="handed_over", mediator_id=event.from_mediator_id, **known | traced)
