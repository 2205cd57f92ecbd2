"""A beneficiary's case at the mediator: proposed, then accepted; handed over when needed. Rule 19."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import NotAllowed, Refusal
from contracts.booking import FileAccepted, FileProposed
from contracts.ids import BeneficiaryId, MediatorId
from services.booking.model.record import Record


class FileOfAnother(NotAllowed):
    def __init__(self) -> None:
        super().__init__("Ce dossier est suivi par un autre médiateur. Demandez-lui de vous le transmettre.")


class AlreadyAccepted(Refusal):
    def __init__(self) -> None:
        super().__init__("Ce dossier vient d'être repris par un autre médiateur.")


class File(Record):
    """Proposed to one mediator; whoever accepts first follows it, when the one it was proposed to has not yet."""

    __tablename__ = "files"
    __table_args__ = (
        CheckConstraint("state in ('proposed', 'accepted')", name="state"),
        CheckConstraint("state = 'proposed' or (mediator_id is not null and accepted_at is not null)", name="accepted"),
        Index(None, "mediator_id", "state"),
    )

    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    state: Mapped[Literal["proposed", "accepted"]]
    mediator_id: Mapped[MediatorId | None]
    proposed_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]

    @classmethod
    def proposed(cls, beneficiary_id: BeneficiaryId, mediator_id: MediatorId | None, now: datetime) -> "File":
        return cls(
            beneficiary_id=beneficiary_id, state="proposed", mediator_id=mediator_id, proposed_at=now, accepted_at=None
        )

    def announced(self) -> Sequence[FileProposed]:
        """Nothing is said of a file that waits for the first mediator in post."""
        if self.mediator_id is None:
            return []
        return [
            FileProposed(beneficiary_id=self.beneficiary_id, mediator_id=self.mediator_id, proposed_at=self.proposed_at)
        ]

    def accept(self, by: MediatorId, now: datetime) -> FileAccepted | None:
        """Nothing when it is theirs already. Raises AlreadyAccepted."""
        if self.state == "accepted":
            if self.mediator_id == by:
                return None
            raise AlreadyAccepted
        self.state, self.mediator_id, self.accepted_at = "accepted", by, now
        delay = round((now - self.proposed_at).total_seconds())
        return FileAccepted(beneficiary_id=self.beneficiary_id, mediator_id=by, accepted_at=now, delay_s=delay)

    def check_followed_by(self, mediator_id: MediatorId | None) -> None:
        """Raises FileOfAnother."""
        if self.state != "accepted" or self.mediator_id != mediator_id:
            raise FileOfAnother
