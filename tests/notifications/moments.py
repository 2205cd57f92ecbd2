"""Moments in these tests."""

from datetime import UTC, datetime, timedelta

from chassis.clock import PARIS

IN_FIVE_DAYS = datetime.now(UTC).replace(hour=13, minute=30, second=0, microsecond=0) + timedelta(days=5)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def at(hour: int, days: int = 0) -> datetime:
    """Paris time, in some days; January has no clock change."""
    day = datetime(2027, 1, 12, tzinfo=PARIS) + timedelta(days=days)
    return day.replace(hour=hour).astimezone(UTC)
