"""A person asks to be forgotten, after some days of grace in which they can say no; or their time has come. Rule 27.

The request stays when they are gone: who asked, why, when, and a digest of whom; so does what each service answered.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Self, get_args
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.french import day
from chassis.refusal import NotAllowed, NotFound, Refusal
from contracts.erasure import ServiceName
from contracts.ids import BeneficiaryId, CentreId, RequestId, uuid7
from contracts.prescription import BeneficiaryErasureRequested, BeneficiaryErasureWithdrawn
from services.prescription.model import codes
from services.prescription.model.beneficiary import Beneficiary
from services.prescription.model.names import name_key
from services.prescription.model.record import Record
from services.prescription.model.record_access import Agent

Cause = Literal["asked", "retention"]
SERVICES: tuple[ServiceName, ...] = ("prescription", "catalogue", "booking", "notifications")
# One key for each partition of prescription.contacts, by Kafka's own hash of the key.
SLOTS = ("tick-3", "tick-9", "tick-2", "tick-6", "tick-8", "tick-0")
OrdinaryReason = Literal["wish", "renounced", "gone", "deceased", "mistake"]
UrgentReason = Literal["danger", "ordered"]
ErasureReason = Literal[OrdinaryReason, UrgentReason, "restored"]
State = Literal["pending", "due", "executed", "withdrawn"]
REASONS = ", ".join(f"'{reason}'" for reason in get_args(ErasureReason))
PURPOSE = b"pass-numerique.erased."
PENDING = text("executed_at IS NULL AND withdrawn_at IS NULL")


class Erasure(Record):
    """An erasure that is open until all four services have answered; the id of whom it was is then forgotten here too.

    `number` is on the person's paper, to ask about it.
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

    @classmethod
    def begun(cls, beneficiary_id: BeneficiaryId, cause: Cause, *, by: str, number: str, now: datetime) -> Self:
        """Makes the erasure that this service has just answered."""
        nobody = dict.fromkeys([f"{service}_at" for service in SERVICES])
        known = {"id": uuid7(), "number": number, "beneficiary_id": beneficiary_id, "cause": cause, "asked_by": by}
        return cls(asked_at=now, closed_at=None, **known, **{**nobody, "prescription_at": now})

    @property
    def answers(self) -> dict[ServiceName, datetime | None]:
        return {service: getattr(self, f"{service}_at") for service in SERVICES}

    def answered(self, service: ServiceName, now: datetime) -> None:
        """Record that a service has answered; a second answer changes nothing."""
        if self.answers[service] is None:
            setattr(self, f"{service}_at", now)
        if all(self.answers.values()) and self.closed_at is None:
            self.closed_at, self.beneficiary_id = now, None


@dataclass(frozen=True)
class Digests:
    """`secret` serves this purpose alone, and outlives every backup."""

    secret: bytes = field(repr=False)

    @classmethod
    def keyed(cls, secret: SecretStr) -> Self:
        return cls(secret.get_secret_value().encode())

    def of_id(self, beneficiary_id: UUID) -> bytes:
        return self._of(b"id", str(beneficiary_id))

    def of_name(self, person: Beneficiary) -> bytes:
        """Digests the name, as it is folded today, and the birth date; twins that were declared distinct differ."""
        key = name_key(person.first_name, person.last_name)
        return self._of(b"name", f"{key} {person.birth_date.isoformat()} {person.twin}")

    def _of(self, kind: bytes, text: str) -> bytes:
        return hmac.digest(self.secret, PURPOSE + kind + b"\0" + text.encode(), "sha256")


class NotTheirCentre(NotAllowed):
    def __init__(self) -> None:
        super().__init__(
            "Un effacement se demande, ou s'annule, dans le centre qui suit la personne, ou auprès d'un administrateur "
            "du Pass numérique. Donnez à la personne le numéro de son centre."
        )


class NothingToWithdraw(NotFound):
    def __init__(self) -> None:
        super().__init__("Aucune demande d'effacement n'est en attente pour cette personne : il n'y a rien à annuler.")


class ErasureAwaited(Refusal):
    """A new book would end with the record, some days later."""

    def __init__(self, due_at: datetime) -> None:
        super().__init__(
            f"Un effacement est demandé : les données de cette personne seront effacées le {day(due_at)}. Elle garde "
            "jusque-là ses chèques et ses séances. Pour un nouveau chéquier, annulez d'abord la demande avec elle."
        )


@dataclass(frozen=True)
class Asked:
    """Who asks for an erasure, and why."""

    reason: ErasureReason
    by: Agent


class ErasureRequest(Record):
    """A request, which names nobody once executed: `id_digests` are of all ids of the person, the one in use first."""

    __tablename__ = "erasure_requests"
    __table_args__ = (
        CheckConstraint(f"reason in ({REASONS})", name="reason"),
        CheckConstraint("executed_at is null or withdrawn_at is null", name="one_end"),
        CheckConstraint("executed_at is null or beneficiary_id is null", name="executed_is_anonymous"),
        CheckConstraint("(beneficiary_id is null) = (cardinality(id_digests) > 0)", name="whom"),
        Index("ix_erasure_requests_pending", "beneficiary_id", unique=True, postgresql_where=PENDING),
        Index("ix_erasure_requests_due", "due_at", postgresql_where=PENDING),
    )

    id: Mapped[RequestId] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    beneficiary_id: Mapped[BeneficiaryId | None]
    id_digests: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    name_digest: Mapped[bytes | None]
    reason: Mapped[ErasureReason]
    by_subject: Mapped[str]
    by_name: Mapped[str]
    centre_id: Mapped[CentreId | None]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    executed_at: Mapped[datetime | None]

    @classmethod
    def asked(cls, beneficiary_id: BeneficiaryId, asked: Asked, *, now: datetime, grace: timedelta) -> Self:
        return cls(
            id=RequestId(uuid7()),
            number=codes.new_code(codes.BOOK_LENGTH),
            beneficiary_id=beneficiary_id,
            id_digests=[],
            name_digest=None,
            reason=asked.reason,
            by_subject=asked.by.subject,
            by_name=asked.by.name,
            centre_id=asked.by.centre_id,
            asked_at=now,
            due_at=now + grace,
            withdrawn_at=None,
            withdrawn_by=None,
            executed_at=None,
        )

    @property
    def pending(self) -> bool:
        return self.executed_at is None and self.withdrawn_at is None

    def state(self, now: datetime) -> State:
        if self.executed_at:
            return "executed"
        if self.withdrawn_at:
            return "withdrawn"
        return "due" if self.due_at <= now else "pending"

    def withdraw(self, by: str, now: datetime) -> None:
        self.withdrawn_at, self.withdrawn_by = now, by

    def forget(self, person: Beneficiary, ids: Collection[UUID], digests: Digests, now: datetime) -> None:
        """Name nobody any more: what was asked is done, and of whom it was stays as a digest."""
        self.executed_at = now if self.pending else self.executed_at
        self.id_digests, self.name_digest = [digests.of_id(id_) for id_ in ids], digests.of_name(person)
        self.beneficiary_id = None

    def requested(self, beneficiary_id: BeneficiaryId) -> BeneficiaryErasureRequested:
        return BeneficiaryErasureRequested(request_id=self.id, beneficiary_id=beneficiary_id, due_at=self.due_at)

    def withdrawn(self, beneficiary_id: BeneficiaryId) -> BeneficiaryErasureWithdrawn:
        return BeneficiaryErasureWithdrawn(request_id=self.id, beneficiary_id=beneficiary_id)


def check_may_erase(agent: Agent, person: Beneficiary) -> None:
    """Checks who asks for an erasure, or withdraws it. Raises NotTheirCentre."""
    if agent.kind != "administrator" and not agent.follows(person):
        raise NotTheirCentre
