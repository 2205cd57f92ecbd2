"""Who put a session on, changed or cancelled it: stored with each change, and shown. Rule 19."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from contracts.ids import MediatorId, SessionId, SpaceId
from services.catalogue.model.record import Record
from services.catalogue.model.refusals import NotYourSession
from services.catalogue.model.session import Session

What = Literal["put_on", "changed", "cancelled"]


@dataclass(frozen=True)
class Author:
    """Who is signed in. `space_ids` are the spaces of this mediator."""

    subject: str
    name: str
    administrator: bool = False
    mediator_id: MediatorId | None = None
    space_ids: Collection[SpaceId] = ()

    def check(self, mediator_id: MediatorId | None, space_id: SpaceId | None) -> None:
        """Refuse what another gives, in a space that is not theirs. Raises NotYourSession."""
        gives = mediator_id is not None and mediator_id == self.mediator_id
        if not (self.administrator or gives or space_id in self.space_ids):
            raise NotYourSession

    def may_change(self, session: Session) -> bool:
        try:
            self.check(session.mediator_id, session.space_id)
        except NotYourSession:
            return False
        return True


class SessionChange(Record):
    """`fields` is what differs since a change; of those that events bring, nobody is the author."""

    __tablename__ = "session_changes"
    __table_args__ = (
        CheckConstraint("what in ('put_on', 'changed', 'cancelled')", name="what"),
        Index(None, "session_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    session_id: Mapped[SessionId] = mapped_column(ForeignKey("sessions.id"))
    subject: Mapped[str]
    name: Mapped[str]
    what: Mapped[What]
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason: Mapped[str]
    at: Mapped[datetime]

    @classmethod
    def by(cls, author: Author, session_id: SessionId, what: What, at: datetime, **known: object) -> Self:
        """Record what this author did; `known` holds the fields that differ, and the reason."""
        values = {"fields": [], "reason": "", **known}
        return cls(session_id=session_id, subject=author.subject, name=author.name, what=what, at=at, **values)
