"""Notifications' own events, read back into its tables after a restore: what has left never leaves a second time.

Nothing is decided again but the next channel of what failed. Decision 0076 says, event by event, what comes back.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from chassis.db import Transaction
from chassis.recovery import Lost, WrittenBefore
from contracts.event import CloudEvent
from contracts.notifications import (
    ContactOptedOut,
    NoticeDelivered,
    NoticeFailed,
    NoticeSent,
    NoticeToCall,
    NotificationsErasureCompleted,
)
from contracts.prescription import BeneficiaryErased, BeneficiaryMerged
from services.notifications import queries
from services.notifications.model import BY_HAND, Notice, OptOut
from services.notifications.usecases import subject_requests
from services.notifications.usecases.recording import UNCLEAR

READ_WITHIN = timedelta(seconds=20)  # for what is consumed again to drop what has lost its sense
OfANotice = NoticeSent | NoticeDelivered | NoticeFailed | NoticeToCall


async def recover(tx: Transaction, lost: Lost) -> Collection[UUID]:
    await _take_up(tx, lost.published)
    for envelope in lost.published:
        if isinstance(event := envelope.event, ContactOptedOut):
            known = {"beneficiary_id": event.beneficiary_id, "channel": event.channel, "kind": event.kind}
            await queries.insert_opt_out(tx, OptOut(**known, at=envelope.time))
    await queries.put_off_due(tx, tx.now + READ_WITHIN)
    await _erase_again(tx, lost)
    answered = [envelope for envelope in lost.consumed if envelope.id in lost.answered]
    return {envelope.id for envelope in answered if isinstance(envelope.event, BeneficiaryErased)}


async def _take_up(tx: Transaction, published: Sequence[CloudEvent]) -> None:
    """In the order in which it happened."""
    events = [(envelope.event, envelope) for envelope in published if isinstance(envelope.event, OfANotice)]
    stored = await queries.notices_for_update(tx, {event.notice_id for event, _ in events})
    notices = {notice.id: notice for notice in stored}
    for event, envelope in events:
        if event.notice_id not in notices:
            notices[event.notice_id] = _planned(event, envelope)
            tx.add(notices[event.notice_id])
        notices[event.notice_id].channel = event.channel
        _follow(notices[event.notice_id], event, envelope.time)
    await tx.flush()
    failed = [notice for notice in notices.values() if notice.state == "failed" and notice.channel not in BY_HAND]
    await queries.plan(tx, [notice.by_next_channel(tx.now, _next(notice)) for notice in failed])


def _planned(event: OfANotice, envelope: CloudEvent) -> Notice:
    """Raises WrittenBefore."""
    if event.about_id is None or event.due_at is None:
        raise WrittenBefore(event)
    names = ("booking_id", "session_id", "mediator_id", "expires_at", "edition", "rank")
    known = {name: getattr(event, name) for name in names} | {"correlation": envelope.correlation_id}
    notice = Notice.planned(event.kind, event.about_id, event.beneficiary_id, event.due_at, **known)
    notice.id = event.notice_id
    return notice


def _follow(notice: Notice, event: OfANotice, at: datetime) -> None:
    match event:
        case NoticeSent():
            notice.segments, notice.carrier_id, notice.sent_at = event.segments, event.carrier_id, event.sent_at
            provider, _, provider_id = (event.reference or "").partition(":")
            notice.sent(provider, provider_id, at)
        case NoticeDelivered():
            notice.delivered(event.delivered_at)
        case NoticeFailed():
            notice.failed(event.failure, event.reason, at)
        case NoticeToCall():
            notice.hand_to_person(at, event.reason)


def _next(failed: Notice) -> Literal["call"] | None:
    """What may have arrived is asked about by a person."""
    return "call" if (failed.reason or "").endswith(UNCLEAR) else None


async def _erase_again(tx: Transaction, lost: Lost) -> None:
    """With the records that were merged into theirs; the answer was published already."""
    published = [envelope.event for envelope in lost.published]
    gone = {event.beneficiary_id for event in published if isinstance(event, NotificationsErasureCompleted)}
    for event in [envelope.event for envelope in lost.consumed]:
        if isinstance(event, BeneficiaryMerged) and event.kept_id in gone:
            await subject_requests.merge(tx, event.merged_id, event.kept_id)
    for person in sorted(gone):
        await subject_requests.erase(tx, person)
    tx.published[:] = [row for row in tx.published if row["key"] not in {str(person) for person in gone}]
