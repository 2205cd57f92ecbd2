"""A person asked to be forgotten, or their time has come: what each service answered. Rule 27."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from contracts.erasure import ServiceName
from contracts.ids import BeneficiaryId
from services.prescription.model.record import Record

Cause = Literal["asked", "retention"]
SERVICES: tuple[ServiceName, ...] = ("prescription", "catalogue", "booking", "notifications")
# One key for each partition of prescription.contacts, by Kafka's own hash of the key.
SLOTS = ("tick-3", "tick-9", "tick-2", "tick-6", "tick-8", "tick-0")


class Erasure(Record):
    """Open until all four have answered; the id of whom it was is then forgotten here too.

    `number` is what the person is told, to ask about it.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        CheckConstraint("cause in ('asked', 'retention')", name="cause"),
        CheckConstraint("(closed_at is null) = (beneficiary_id is not null)", name="closed_is_anonymous"),
        Index(None, "beneficiary_id", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    beneficiary_id: Mapped[BeneficiaryId | None]
    cause: Mapped[Cause]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    prescription_at: Mapped[datetime | None]
    catalogue_at: Mapped[datetime | None]
    booking_at: Mapped[datetime | None]
    notifications_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def answers(self) -> dict[ServiceName, datetime | None]:
        return {service: getattr(self, f"{service}_at") for service in SERVICES}

    def answered(self, service: ServiceName, now: datetime) -> None:
        """A second answer changes nothing."""
        if self.answers[service] is None:
            setattr(self, f"{service}_at", now)
        if all(self.answers.values()) and self.closed_at is None:
            self.closed_at, self.beneficiary_id = now, None
