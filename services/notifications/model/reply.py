"""What a person writes back to an SMS, when it is no STOP: somebody reads it. Rule 25."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, uuid7
from services.notifications.model.record import Record

LONGEST = 1000  # characters: six SMS


class NoSuchReply(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette réponse n'est plus là : elle est lue, ou effacée. Revenez à la liste.")


class Reply(Record):
    """Of whoever is reached by `phone`; of nobody known when there is no `beneficiary_id`."""

    __tablename__ = "replies"
    __table_args__ = (CheckConstraint("(read_at is null) = (read_by is null)", name="read"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    beneficiary_id: Mapped[BeneficiaryId | None] = mapped_column(index=True)
    phone: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    read_at: Mapped[datetime | None]
    read_by: Mapped[str | None]

    def read(self, by: str, now: datetime) -> None:
        """Raises NoSuchReply when somebody was quicker."""
        if self.read_at:
            raise NoSuchReply
        self.read_at, self.read_by = now, by
