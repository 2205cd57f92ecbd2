"""When a reminder leaves: 48 h and 3 h before, never at night, never after the start. Rule 21."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from chassis.clock import PARIS
from contracts.words import NoticeKind

NIGHT_FROM, NIGHT_TO = time(20), time(8)  # Europe/Paris
LAST_CALL = timedelta(minutes=15)  # later than that before the start, a reminder helps nobody
BEFORE: tuple[tuple[NoticeKind, timedelta], ...] = (
    ("reminder_48h", timedelta(hours=48)),
    ("reminder_3h", timedelta(hours=3)),
)


def reminders(starts_at: datetime, now: datetime) -> Iterator[tuple[NoticeKind, datetime]]:
    """Each with its due time. What is already past when the booking is made is left out: it was just told."""
    for kind, ahead in BEFORE:
        wanted = starts_at.astimezone(UTC) - ahead
        due = by_day(wanted, starts_at)
        if wanted > now and due > now:
            yield kind, due


def by_day(wanted: datetime, starts_at: datetime) -> datetime:
    """Out of the night: the morning after when that is early enough, else the evening before. UTC."""
    local = wanted.astimezone(PARIS)
    if NIGHT_TO <= local.time() < NIGHT_FROM:
        return wanted
    day = local.date() if local.time() < NIGHT_TO else local.date() + timedelta(days=1)
    morning = datetime.combine(day, NIGHT_TO, PARIS).astimezone(UTC)
    if morning <= starts_at - LAST_CALL:
        return morning
    evening = datetime.combine(day - timedelta(days=1), NIGHT_FROM, PARIS)
    return evening.astimezone(UTC) - LAST_CALL
