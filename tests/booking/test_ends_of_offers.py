"""Rule 18: how long an offer is held, by day, by night and when the session is near."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.clock import PARIS
from services.booking.model.waiting import offer_ends

DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("now", "starts", "until"),
    [
        ("2026-11-24 10:00", "2026-12-01 14:00", "2026-11-25 10:00"),  # the rule's 24 hours
        ("2026-11-24 10:00", "2026-11-24 16:00", "2026-11-24 14:00"),  # less when the session is near
        ("2026-11-24 10:00", "2026-11-24 12:30", None),  # half an hour to answer: someone calls
        ("2026-11-24 21:00", "2026-11-25 14:00", "2026-11-25 12:00"),
        ("2026-11-25 02:00", "2026-11-25 09:00", None),  # nobody is told before eight, and it begins at nine
        ("2026-11-24 23:30", "2026-11-25 10:59", None),  # 59 minutes of the morning
        ("2026-11-25 02:00", "2026-11-25 11:00", "2026-11-25 09:00"),
        ("2026-10-24 23:00", "2026-10-27 14:00", "2026-10-25 22:00"),  # 24 hours are 24 hours, in the long night too
    ],
)
def test_rule_18_an_offer_is_held_for_a_day_less_when_the_session_is_near(
    now: str, starts: str, until: str | None
) -> None:
    assert offer_ends(paris(now), paris(starts), DAY) == (until and paris(until))


def test_rule_18_an_offer_made_at_night_lasts_until_the_morning_has_begun() -> None:
    short = timedelta(hours=2)
    assert offer_ends(paris("2026-11-24 21:00"), paris("2026-12-01 14:00"), short) == paris("2026-11-25 10:00")
    assert offer_ends(paris("2026-11-25 05:00"), paris("2026-12-01 14:00"), short) == paris("2026-11-25 10:00")
    assert offer_ends(paris("2026-11-25 09:00"), paris("2026-12-01 14:00"), short) == paris("2026-11-25 11:00")


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-24 07:59", "2026-11-24 10:00"),
        ("2026-11-24 08:00", "2026-11-24 09:00"),
        ("2026-11-24 19:59", "2026-11-24 20:59"),
        ("2026-11-24 20:00", "2026-11-25 10:00"),
    ],
)
def test_rule_18_the_night_is_from_eight_to_eight_in_paris(now: str, until: str) -> None:
    assert offer_ends(paris(now), paris("2026-12-01 14:00"), timedelta(hours=1)) == paris(until)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)
