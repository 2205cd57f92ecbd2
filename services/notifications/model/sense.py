"""What still makes sense to tell, when several things are due to one person at once: after a night, a breakdown."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from contracts.ids import BookingId, NoticeId
from contracts.words import NoticeKind
from services.notifications.model.notice import Notice

TOGETHER = timedelta(minutes=2)
COVERED: Mapping[NoticeKind, frozenset[NoticeKind]] = {
    "booking_cancelled": frozenset({"booking_confirmed", "booking_moved", "reminder_48h", "reminder_3h"}),
    "booking_confirmed": frozenset({"booking_moved", "reminder_48h", "reminder_3h"}),
    "booking_moved": frozenset({"reminder_48h", "reminder_3h"}),
    "reminder_3h": frozenset({"reminder_48h"}),
}
"""Of one booking: the first says all that the others would. A confirmation that leaves late tells the new date."""


def superseded(due: Sequence[Notice]) -> set[NoticeId]:
    """Of what is due to one person: what another one says already."""
    by_booking: dict[BookingId, list[Notice]] = defaultdict(list)
    for notice in due:
        if notice.booking_id and not notice.rank:
            by_booking[notice.booking_id].append(notice)
    return {notice.id for notices in by_booking.values() for notice in _covered(notices)}


def _covered(notices: Sequence[Notice]) -> list[Notice]:
    newest = {kind: max(one.edition for one in notices if one.kind == kind) for kind in {one.kind for one in notices}}
    covered = {kind for one in newest for kind in COVERED.get(one, ())}
    return [one for one in notices if one.kind in covered or one.edition < newest[one.kind]]
