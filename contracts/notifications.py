"""What notifications says: which notice left, by which channel, what became of it. Rules 21 to 25."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from contracts.copies import CopyAnswered
from contracts.erasure import ErasureCompleted
from contracts.event import Event
from contracts.ids import BeneficiaryId, BookingId, MediatorId, NoticeId, SessionId
from contracts.words import Channel, FirstNoticeKind, NoticeKind

TOPIC = "notifications.events"
COPIES = "notifications.copies"


class NoticeEvent(Event):
    """`about_id` is what it speaks of, `edition` tells two changes of that apart, `rank` 0 is the first channel tried.

    With these no notice is planned and sent a second time after a restore.
    """

    notice_id: NoticeId
    beneficiary_id: BeneficiaryId
    booking_id: BookingId | None
    kind: NoticeKind
    channel: Channel
    about_id: UUID | None = None
    edition: int = 0
    rank: int = 0
    session_id: SessionId | None = None
    mediator_id: MediatorId | None = None
    due_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None


class NoticeSent(
    NoticeEvent,
    type="notice.sent.v2",
    topic=TOPIC,
    subject="notice_id",
    key="beneficiary_id",
    former=("notice.sent.v1",),
):
    """`carrier_id` is the notice inside of whose message it left.

    `reference` is by what notifications asks about the message after a restore; it says nothing to anybody else.
    """

    segments: int
    sent_at: AwareDatetime
    reference: str | None = None
    carrier_id: NoticeId | None = None

    @model_validator(mode="before")
    @classmethod
    def of_version_1(cls, fields: Any) -> Any:  # noqa: ANN401 - JSON
        """It named the provider, and the message as the provider does."""
        if isinstance(fields, dict) and "provider" in fields:
            return {**fields, "reference": f"{fields['provider']}:{fields.get('provider_id') or ''}"}
        return fields


class NoticeDelivered(
    NoticeEvent,
    type="notice.delivered.v2",
    topic=TOPIC,
    subject="notice_id",
    key="beneficiary_id",
    former=("notice.delivered.v1",),
):
    delivered_at: AwareDatetime


class NoticeFailed(
    NoticeEvent,
    type="notice.failed.v2",
    topic=TOPIC,
    subject="notice_id",
    key="beneficiary_id",
    former=("notice.failed.v1",),
):
    failure: Literal["temporary", "permanent", "expired"]
    reason: Annotated[
        str,
        Field(description="In French, what the provider answered or we saw.", examples=["numéro refusé"]),
    ]


class NoticeToCall(
    NoticeEvent,
    type="notice.to_call.v2",
    topic=TOPIC,
    subject="notice_id",
    key="beneficiary_id",
    former=("notice.to_call.v1",),
):
    """Nobody can be reached by machine: a person calls."""

    reason: str


class ContactOptedOut(Event, type="contact.opted_out.v1", topic=TOPIC, subject="beneficiary_id"):
    """No more messages by this channel; with a `kind`, no more of that kind by any channel (rule 25)."""

    beneficiary_id: BeneficiaryId
    channel: Channel
    kind: FirstNoticeKind | None = None


class NotificationsErasureCompleted(
    ErasureCompleted, type="erasure.completed.v1", topic=TOPIC, subject="beneficiary_id", erasure=True
):
    pass


class NotificationsCopyAnswered(
    CopyAnswered, type="copy.answered.v1", topic=COPIES, subject="copy_id", key="beneficiary_id"
):
    pass


NotificationsEvent = (
    NoticeSent | NoticeDelivered | NoticeFailed | NoticeToCall | ContactOptedOut | NotificationsErasureCompleted
)
