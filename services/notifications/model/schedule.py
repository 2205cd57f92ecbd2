"""When a notice leaves: reminders 48 h and 3 h before, nothing at night, nothing after the start. Rule 21."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from chassis.clock import PARIS
from contracts.words import NoticeKind

NIGHT_FROM, NIGHT_TO = time(20), time(8)  # Europe/Paris
LAST_CALL = timedelta(minutes=15)  # later than that before the start, a reminder helps nobody
ON_THE_WAY = timedelta(hours=2)  # less than that before the start, a person is woken rather than sent for nothing
BEFORE: tuple[tuple[NoticeKind, timedelta], ...] = (
    ("reminder_48h", timedelta(hours=48)),
    ("reminder_3h", timedelta(hours=3)),
)
EXPIRY_WARNED = (60, 15)  # days ahead: rule 8
MORNING = time(9)


def reminders(starts_at: datetime, now: datetime) -> Iterator[tuple[NoticeKind, datetime]]:
    """Plan each with its due time. What is already past when the booking is made is left out: that says it too."""
    for kind, ahead in BEFORE:
        wanted = starts_at.astimezone(UTC) - ahead
        due = by_day(wanted, starts_at)
        if wanted > now and due > now:
            yield kind, due


def by_day(wanted: datetime, starts_at: datetime) -> datetime:
    """Move out of the night: the morning after when that is early enough, else the evening before. UTC."""
    if not is_night(wanted):
        return wanted
    morning = next_morning(wanted)
    if morning <= starts_at - LAST_CALL:
        return morning
    evening = datetime.combine(morning.astimezone(PARIS).date() - timedelta(days=1), NIGHT_FROM, PARIS)
    return evening.astimezone(UTC) - LAST_CALL


def is_night(at: datetime) -> bool:
    return not NIGHT_TO <= at.astimezone(PARIS).time() < NIGHT_FROM


def next_morning(at: datetime) -> datetime:
    """Find the end of the night that `at` is in. UTC."""
    local = at.astimezone(PARIS)
    day = local.date() if local.time() < NIGHT_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, NIGHT_TO, PARIS).astimezone(UTC)


def let_sleep(now: datetime, useful_until: datetime | None) -> datetime | None:
    """Find until when to let the person sleep; None when it may leave now, or can't wait."""
    if not is_night(now):
        return None
    morning = next_morning(now)
    return morning if useful_until is None or morning <= useful_until - ON_THE_WAY else None


def expiry_warnings(expires_on: date, now: datetime) -> Iterator[tuple[int, datetime]]:
    """Plan days ahead, and when to say so; those already past are left out."""
    for days in EXPIRY_WARNED:
        due = datetime.combine(expires_on - timedelta(days=days), MORNING, PARIS).astimezone(UTC)
        if due > now:
            yield days, due


def end_of(day: date) -> datetime:
    """Find the first moment after it, Paris time. UTC."""
    return datetime.combine(day + timedelta(days=1), time(0), PARIS).astimezone(UTC)
