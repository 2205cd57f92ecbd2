"""A notice: one thing said to one person by one channel, at most once; the calls made for it. Rules 21 to 23."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Self, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import Refusal
from contracts.ids import BeneficiaryId, BookingId, MediatorId, NoticeId, SessionId, uuid7
from contracts.notifications import NoticeDelivered, NoticeEvent, NoticeFailed, NoticeSent, NoticeToCall
from contracts.words import Channel, NoticeKind
from services.notifications.model.record import Record
from services.notifications.policy import NoticePolicy

State = Literal["scheduled", "sending", "sent", "delivered", "failed", "by_hand", "dropped"]
Failure = Literal["temporary", "permanent", "expired"]
CallOutcome = Literal["reached", "no_answer", "message_left", "wrong_number"]
BY_HAND: frozenset[Channel] = frozenset({"call", "letter"})
FINAL: frozenset[State] = frozenset({"delivered", "failed", "dropped"})
RUSH: frozenset[NoticeKind] = frozenset({"booking_confirmed", "booking_moved", "booking_cancelled", "seat_offered"})
FIRST_RETRY, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
PERSON_NEEDS = timedelta(hours=2)  # to call before it is too late
BUDGET_SPENT = "le budget de SMS du jour est épuisé"
ANONYMOUS = BeneficiaryId(UUID(int=0))

TOGETHER = timedelta(minutes=2)
COVERED: Mapping[NoticeKind, frozenset[NoticeKind]] = {
    "booking_cancelled": frozenset({"booking_confirmed", "booking_moved", "reminder_48h", "reminder_3h"}),
    "booking_confirmed": frozenset({"booking_moved", "reminder_48h", "reminder_3h"}),
    "booking_moved": frozenset({"reminder_48h", "reminder_3h"}),
    "reminder_3h": frozenset({"reminder_48h"}),
}
"""Of one booking: the first says all that the others would. A confirmation that leaves late says the new date."""

NAMED = tuple(name for name in NoticeEvent.model_fields if name != "notice_id")
STATES = ", ".join(f"'{state}'" for state in get_args(State))
CHANNELS = ", ".join(f"'{channel}'" for channel in get_args(Channel))


def pause(attempt: int) -> timedelta:
    """Wait after the first attempt 5 s, then 10, 20 …, 5 minutes at most."""
    doubled: int = 2 ** min(max(attempt, 1) - 1, 10)
    return min(FIRST_RETRY * doubled, LONGEST_PAUSE)


class NothingLeftToDo(Refusal):
    def __init__(self) -> None:
        super().__init__("Ce message est déjà traité. Rechargez la liste.")


class Notice(Record):
    """`about_id` is the booking, book, offer or person it speaks of; `edition` separates two changes of one thing.

    `rank` 0 is the first channel tried, 1 the next. `rush` goes before what can wait. A notice with a `carrier_id` left
    inside of that other message. While `sending`, `check_at` says when to ask the provider what became of it, and
    `sent_at` is there when nobody knows whether it was taken. The content is there once composed, and is forgotten
    after a time; `sent_to` is the number or address to which a machine sent it.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("about_id", "kind", "edition", "rank"),
        UniqueConstraint("about_id", "kind", "edition", "channel"),
        CheckConstraint(f"state in ({STATES})", name="state"),
        CheckConstraint(f"channel in ({CHANNELS})", name="channel"),
        CheckConstraint("channel is not null or state in ('scheduled', 'dropped')", name="channel_known"),
        Index("ix_notices_due", "rush", "due_at", "id", postgresql_where="state = 'scheduled'"),
        Index(None, "check_at", postgresql_where="state = 'sending'"),
        Index("ix_notices_by_hand", "due_at", postgresql_where="state = 'by_hand'"),
        Index(None, "carrier_id", postgresql_where="carrier_id is not null"),
        Index(None, "provider", "provider_id"),
        Index(None, "sent_at"),
        Index(None, "beneficiary_id"),
        Index(None, "booking_id"),
    )

    id: Mapped[NoticeId] = mapped_column(primary_key=True)
    about_id: Mapped[UUID]
    kind: Mapped[NoticeKind]
    edition: Mapped[int]
    rank: Mapped[int]
    rush: Mapped[bool]
    beneficiary_id: Mapped[BeneficiaryId]
    booking_id: Mapped[BookingId | None]
    session_id: Mapped[SessionId | None]
    mediator_id: Mapped[MediatorId | None]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    state: Mapped[State]
    channel: Mapped[Channel | None]
    subject: Mapped[str | None]
    content: Mapped[str | None]
    segments: Mapped[int]
    attempts: Mapped[int]
    carrier_id: Mapped[NoticeId | None]
    check_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    sent_to: Mapped[str | None]
    provider: Mapped[str | None]
    provider_id: Mapped[str | None]
    reason: Mapped[str | None]
    correlation: Mapped[str]
    created_at: Mapped[datetime]

    @classmethod
    def planned(cls, kind: NoticeKind, about_id: UUID, person: BeneficiaryId, due_at: datetime, **known: Any) -> Self:  # noqa: ANN401 - columns
        """Plan one; `known` are booking_id, session_id, mediator_id, expires_at, edition, created_at, if they apply."""
        begun = {"edition": 0, "rank": 0, "rush": kind in RUSH, "state": "scheduled", "segments": 0, "attempts": 0}
        begun |= {"created_at": due_at}
        return cls(
            id=NoticeId(uuid7()), about_id=about_id, kind=kind, beneficiary_id=person, due_at=due_at, **begun | known
        )

    def by_next_channel(self, now: datetime, channel: Channel | None = None) -> Self:
        """Plan the same notice for the channel after this one, or for the named one."""
        names = ("booking_id", "session_id", "mediator_id", "expires_at", "edition", "correlation")
        same = {name: getattr(self, name) for name in names}
        known = {"rank": self.rank + 1, "channel": channel, **same}
        return self.planned(self.kind, self.about_id, self.beneficiary_id, now, **known)

    def _named(self) -> dict[str, Any]:
        return {"notice_id": self.id, **{name: getattr(self, name) for name in NAMED}}

    def hand_to_person(self, now: datetime, reason: str) -> NoticeToCall:
        self.state, self.check_at, self.settled_at, self.reason = "by_hand", None, now, reason
        return NoticeToCall(**self._named(), reason=reason)

    def sent(self, provider: str, provider_id: str, now: datetime) -> NoticeSent:
        self.state, self.provider, self.provider_id = "sent", provider, provider_id
        self.sent_at, self.settled_at = self.sent_at or now, now
        self.check_at = self.reason = None
        return NoticeSent(
            **self._named(),
            segments=self.segments,
            sent_at=self.sent_at,
            reference=f"{provider}:{provider_id}",
            carrier_id=self.carrier_id,
        )

    def delivered(self, now: datetime) -> NoticeDelivered | None:
        """Record that it arrived; None when it is known already, or came after a failure."""
        if self.state in FINAL:
            return None
        self.state, self.settled_at, self.reason, self.check_at = "delivered", now, None, None
        return NoticeDelivered(**self._named(), delivered_at=now)

    def failed(self, failure: Failure, reason: str, now: datetime) -> NoticeFailed | None:
        """Record that it failed; None when something final is known: receipts come late, twice, and in any order."""
        if self.state in FINAL:
            return None
        self.state, self.settled_at, self.reason, self.check_at = "failed", now, reason, None
        return NoticeFailed(**self._named(), failure=failure, reason=reason)

    def dropped(self, reason: str, now: datetime) -> None:
        self.state, self.settled_at, self.reason, self.check_at = "dropped", now, reason, None

    def may_wait(self, policy: NoticePolicy, now: datetime) -> bool:
        """Say whether to try again: some soon after each other in any case, then while a person could still call."""
        if self.attempts < policy.attempts:
            return True
        waited = sum((pause(attempt) for attempt in range(1, self.attempts + 1)), timedelta())
        last = self.expires_at and self.expires_at - PERSON_NEEDS
        return waited <= policy.tried_for and (last is None or now + pause(self.attempts) <= last)

    def try_again(self, reason: str, now: datetime) -> None:
        """Schedule it again: what left together may be joined anew."""
        self.state, self.check_at, self.reason, self.carrier_id = "scheduled", None, reason, None
        self.sent_at, self.due_at = None, now + pause(self.attempts)

    def done_by_person(self, now: datetime) -> NoticeDelivered:
        """Record that somebody called, or posted. Raises NothingLeftToDo."""
        if self.state != "by_hand" or not (delivered := self.delivered(now)):
            raise NothingLeftToDo
        return delivered


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


def superseded(due: Sequence[Notice]) -> set[NoticeId]:
    """Find, of what is due to one person, what another notice says already: after a night, a breakdown."""
    by_booking: dict[BookingId, list[Notice]] = defaultdict(list)
    for notice in due:
        if notice.booking_id and not notice.rank:
            by_booking[notice.booking_id].append(notice)
    return {notice.id for notices in by_booking.values() for notice in _covered(notices)}


def _covered(notices: Sequence[Notice]) -> list[Notice]:
    newest: dict[NoticeKind, int] = {}
    for notice in notices:
        newest[notice.kind] = max(notice.edition, newest.get(notice.kind, notice.edition))
    covered = {kind for covering in newest for kind in COVERED.get(covering, ())}
    return [notice for notice in notices if notice.kind in covered or notice.edition < newest[notice.kind]]
