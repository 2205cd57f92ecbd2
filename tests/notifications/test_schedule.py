from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import PARIS
from services.notifications.model import reminders
from services.notifications.model.schedule import LAST_CALL, NIGHT_FROM, NIGHT_TO


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("starts", "booked", "expected"),
    [
        ("2026-11-24T14:30", "2026-11-10T10:00", ["2026-11-22T14:30", "2026-11-24T11:30"]),
        ("2026-11-24T09:00", "2026-11-10T10:00", ["2026-11-22T09:00", "2026-11-24T08:00"]),  # 6 h is the night
        ("2026-11-24T08:00", "2026-11-10T10:00", ["2026-11-22T08:00", "2026-11-23T19:45"]),  # so the evening before
        ("2026-11-24T20:30", "2026-11-10T10:00", ["2026-11-23T08:00", "2026-11-24T17:30"]),
        ("2026-11-24T14:30", "2026-11-23T10:00", ["2026-11-24T11:30"]),  # booked the day before
        ("2026-11-24T14:30", "2026-11-24T12:00", []),  # booked two hours before: it was just told
        (
            "2026-10-25T14:30",
            "2026-10-01T10:00",
            ["2026-10-23T15:30", "2026-10-25T11:30"],
        ),  # 48 real hours, clocks back
        ("2027-03-28T09:00", "2027-03-01T10:00", ["2027-03-26T08:00", "2027-03-28T08:00"]),  # clocks forward
    ],
)
def test_rule_21_reminders(starts: str, booked: str, expected: list[str]) -> None:
    due = [due.astimezone(PARIS).replace(tzinfo=PARIS) for _, due in reminders(paris(starts), paris(booked))]
    assert due == [paris(text) for text in expected]


@given(
    starts=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(PARIS)),  # noqa: DTZ001 - hypothesis adds it
    ahead=st.timedeltas(timedelta(minutes=1), timedelta(days=30)),
)
def test_rule_21_never_at_night_never_after_the_start(starts: datetime, ahead: timedelta) -> None:
    booked = starts - ahead
    for _, due in reminders(starts, booked):
        assert NIGHT_TO <= due.astimezone(PARIS).time() < NIGHT_FROM
        assert booked < due <= starts - LAST_CALL
