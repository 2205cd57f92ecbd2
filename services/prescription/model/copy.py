"""The copy that a person asked for of all that is stored of them: which services have answered, with what. Rule 27."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import NotAllowed, Refusal
from contracts.erasure import ServiceName
from contracts.ids import BeneficiaryId, uuid7
from services.prescription.model.beneficiary import Beneficiary
from services.prescription.model.erasure import SERVICES
from services.prescription.model.record import Record
from services.prescription.model.record_access import Agent


class CopyOfAnother(NotAllowed):
    def __init__(self) -> None:
        super().__init__(
            "La copie des données se demande dans le centre qui suit la personne, ou à l'administration du Pass "
            "numérique."
        )


class CopyNotReady(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "La copie n'est pas complète, ou elle n'est plus là. Revenez à la fiche de la personne pour la demander."
        )


def check_copied_by(agent: Agent, person: Beneficiary) -> None:
    """Raises CopyOfAnother: all that four services store of somebody opens for no reason that is only given."""
    if agent.kind != "administrator" and not agent.follows(person):
        raise CopyOfAnother


class Copy(Record):
    """A copy of what is stored of a person: one at a time, and for some days only.

    With the service's secret, `salt` is the key to what was answered: without it nobody reads that any more.
    """

    __tablename__ = "copies"
    __table_args__ = (
        CheckConstraint(
            "(ready_at is null) = (prescription_at is null or catalogue_at is null or booking_at is null "
            "or notifications_at is null)",
            name="ready",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("beneficiaries.id"), unique=True)
    salt: Mapped[bytes]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(index=True)
    prescription_at: Mapped[datetime | None]
    catalogue_at: Mapped[datetime | None]
    booking_at: Mapped[datetime | None]
    notifications_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]

    @classmethod
    def asked(cls, beneficiary_id: BeneficiaryId, salt: bytes, *, by: Agent, now: datetime) -> Self:
        answers = dict.fromkeys([f"{service}_at" for service in SERVICES])
        known = {"id": uuid7(), "beneficiary_id": beneficiary_id, "salt": salt, "asked_by": by.name, "asked_at": now}
        return cls(ready_at=None, **known, **answers)

    @property
    def answers(self) -> Mapping[ServiceName, datetime | None]:
        return {service: getattr(self, f"{service}_at") for service in SERVICES}

    def answered(self, service: ServiceName, now: datetime) -> None:
        setattr(self, f"{service}_at", now)
        if all(self.answers.values()):
            self.ready_at = now

    def is_late(self, now: datetime, due: timedelta) -> bool:
        """The law gives a month."""
        return self.ready_at is None and now > self.asked_at + due


class CopyPart(Record):
    """A part of what one service answered, sealed."""

    __tablename__ = "copy_parts"

    copy_id: Mapped[UUID] = mapped_column(ForeignKey("copies.id"), primary_key=True)
    service: Mapped[ServiceName] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
