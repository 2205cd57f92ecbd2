"""Mails to agents: whom they go to, and whether each has left. Nobody reads their text later: none is stored."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from contracts.agents import AgentStated
from contracts.ids import AccountId, uuid7
from services.notifications.model.record import Record

ATTEMPTS = 8
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120))
"""Between the attempts: a mail server that is away for a morning loses no invitation."""
WAITING = text("state IN ('scheduled', 'sending')")
MailState = Literal["scheduled", "sending", "sent", "unclear", "failed"]


class Recipient(Record):
    """How to write to an agent, as prescription has stated it."""

    __tablename__ = "agents"

    account_id: Mapped[AccountId] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    email: Mapped[str]
    invitations: Mapped[int]

    @classmethod
    def of(cls, event: AgentStated) -> "Recipient":
        return cls(**event.model_dump())


class AgentMail(Record):
    """One mail of a kind to an agent, once for each `number`. `unclear`: it may have left, and never leaves again."""

    __tablename__ = "agent_mails"
    __table_args__ = (
        CheckConstraint("kind in ('invitation')", name="kind"),
        CheckConstraint("state in ('scheduled', 'sending', 'sent', 'unclear', 'failed')", name="state"),
        UniqueConstraint("account_id", "kind", "number"),
        Index("ix_agent_mails_due", "due_at", postgresql_where=WAITING),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[AccountId] = mapped_column(ForeignKey("agents.account_id", ondelete="CASCADE"))
    kind: Mapped[Literal["invitation"]]
    number: Mapped[int]
    state: Mapped[MailState]
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    reason: Mapped[str]

    @classmethod
    def invitation(cls, agent: Recipient, now: datetime) -> "AgentMail":
        known = {"account_id": agent.account_id, "kind": "invitation", "number": agent.invitations}
        return cls(id=uuid7(), state="scheduled", attempts=0, due_at=now, asked_at=now, reason="", **known)

    def start(self, now: datetime, within: timedelta) -> None:
        """From now on it may have left; `within`: how long it can be under way."""
        self.state, self.attempts, self.due_at = "sending", self.attempts + 1, now + within

    def try_again(self, now: datetime, reason: str) -> None:
        """It surely did not leave: later, while attempts are left."""
        self.reason = reason
        if self.attempts >= ATTEMPTS:
            self.state = "failed"
        else:
            self.state, self.due_at = "scheduled", now + PAUSES[self.attempts - 1]

    def end(self, state: Literal["sent", "unclear", "failed"], reason: str = "") -> None:
        self.state, self.reason = state, reason
