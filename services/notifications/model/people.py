"""What is known of a person besides how to reach them: their books, what they stopped, under which id they now are."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contracts.ids import BeneficiaryId, BookId, NoticeId, uuid7
from contracts.words import Channel, FirstNoticeKind
from services.notifications.model.notice import CHANNELS
from services.notifications.model.record import Record

STOPPABLE: tuple[FirstNoticeKind, ...] = ("reminder_48h", "reminder_3h", "book_nearly_empty", "long_unseen")
"""What a person may refuse altogether; the rest is their right or their appointment, and finds another way."""

CallOutcome = Literal["reached", "no_answer", "message_left", "wrong_number"]
Where = Literal["person", "calls", "messages", "letters", "api"]


class Book(Record):
    """Whether there is still something to use in it. `version` is the wallet's.

    `unseen_told_at`: that hours wait is told once. `stop_code` ends the link of that message.
    """

    __tablename__ = "books"

    id: Mapped[BookId] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(index=True)
    prescribed_at: Mapped[datetime | None]
    expires_on: Mapped[date | None]
    closed: Mapped[bool]
    available: Mapped[int]
    version: Mapped[int]
    unseen_told_at: Mapped[datetime | None]
    stop_code: Mapped[str | None] = mapped_column(unique=True)

    @property
    def usable(self) -> bool:
        return not self.closed and self.available > 0


class OptOut(Record):
    """Stopped by the person. Kept here until prescription states it; a `kind` is kept for good."""

    __tablename__ = "opt_outs"
    __table_args__ = (
        UniqueConstraint("beneficiary_id", "channel", "kind", postgresql_nulls_not_distinct=True),
        CheckConstraint(f"channel in ({CHANNELS})", name="channel"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    beneficiary_id: Mapped[BeneficiaryId]
    channel: Mapped[Channel]
    kind: Mapped[FirstNoticeKind | None]
    at: Mapped[datetime]


class Merged(Record):
    """Two records of one person: what comes for the one is the other's."""

    __tablename__ = "merged"

    merged_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    kept_id: Mapped[BeneficiaryId] = mapped_column(index=True)


class CallTry(Record):
    """Somebody called. No note of what was said."""

    __tablename__ = "call_tries"
    __table_args__ = (
        CheckConstraint("outcome in ('reached', 'no_answer', 'message_left', 'wrong_number')", name="outcome"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    notice_id: Mapped[NoticeId] = mapped_column(index=True)
    outcome: Mapped[CallOutcome]
    by: Mapped[str]
    at: Mapped[datetime]


class RecordRead(Record):
    """Somebody saw a person's telephone, address or messages, in which page, and why. Rule 27.

    `by` is their account, `name` what the person may be told. An `opening` is no reading yet: they said why they look
    at somebody whom others follow. Of an erased person stays who read and when: they are `ANONYMOUS`, and a digest
    whose key never leaves this database.
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
