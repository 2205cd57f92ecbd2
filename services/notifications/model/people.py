"""What a person stopped, and under which id they are since two records were merged. Rules 5 and 25."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contracts.ids import BeneficiaryId, uuid7
from contracts.words import Channel, FirstNoticeKind
from services.notifications.model.notice import CHANNELS
from services.notifications.model.record import Record

STOPPABLE: tuple[FirstNoticeKind, ...] = ("reminder_48h", "reminder_3h", "book_nearly_empty", "long_unseen")
"""What a person may refuse altogether; the rest is their right or their appointment, and finds another way."""


class OptOut(Record):
    """Stopped by the person. Stored here until prescription states it; a `kind` is stored for good."""

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
