"""Who asks, why a person's messages are open to them, and the trace of each reading. Rules 19 and 27."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, CheckConstraint, Identity
from sqlalchemy.orm import Mapped, mapped_column

from contracts.ids import BeneficiaryId, CentreId, MediatorId
from county import reasons
from services.notifications.model.record import Record

Where = Literal["person", "calls", "messages", "letters", "api"]


class ReasonAsked(reasons.ReasonAsked):
    """The person is followed by others: their messages open for a reason."""

    closed = "Cette personne est suivie par d'autres. Dites pourquoi vous ouvrez ses messages"


@dataclass(frozen=True)
class Agent:
    """An agent of a centre, a mediator, or somebody of the administration, who does what nobody else does.

    They ask `at` this moment; a reason that they gave after `since` still holds.
    """

    subject: str
    at: datetime
    since: datetime
    administrator: bool
    centre_id: CentreId | None = None
    mediator_id: MediatorId | None = None
    name: str = ""

    @property
    def why(self) -> str:
        """Say why they read what is theirs to see, as it is recorded."""
        if self.centre_id:
            return "suivi par son centre"
        return "suivi par son médiateur" if self.mediator_id else "liste de travail de l'administration"


class RecordRead(Record):
    """Somebody saw a person's telephone, address or messages, in which page, and why. Rule 27.

    `by` is their account, `name` what the person may read on their copy. An `opening` is no reading yet: they said why
    they look at somebody whom others follow. Of an erased person stays who read and when: they are `ANONYMOUS`, and a
    digest whose key never leaves this database.
    """

    __tablename__ = "readings"
    __table_args__ = (CheckConstraint("what in ('person', 'calls', 'messages', 'letters', 'api')", name="what"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(index=True)
    digest: Mapped[bytes | None]
    by: Mapped[str]
    name: Mapped[str]
    what: Mapped[Where]
    why: Mapped[str]
    opening: Mapped[bool]
    at: Mapped[datetime] = mapped_column(index=True)
