"""The nights when the clocks change: an hour stays on the wall, and two hours are two hours. Rule 10."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.dialects.postgresql import Range

from chassis.clock import PARIS
from contracts.ids import SessionId, uuid7
from services.catalogue.model import Label, Mediator, Session, SessionForm, SessionParts, Space, Training
from tests.catalogue.conftest import TODAY
from tests.catalogue.planning import ANY, series


@pytest.mark.parametrize(
    ("first", "until", "offsets"),
    [
        ("2026-03-24T09:30", "2026-04-01", [1, 2]),  # the night of 29 March 2026
        ("2026-10-20T09:30", "2026-10-28", [2, 1]),  # the night of 25 October 2026
    ],
)
def test_an_hour_on_the_wall_stays_when_the_clocks_change(first: str, until: str, offsets: list[int]) -> None:
    slots = [*series(ANY, starts_at=first, until=until, in_holidays=True).slots()]
    starts = [slot.form.starts_at for slot in slots]
    assert [start.astimezone(PARIS).strftime("%H:%M") for start in starts] == ["09:30", "09:30"]
    assert [start.utcoffset() for start in starts] == [timedelta(hours=hours) for hours in offsets]


def test_an_hour_that_the_spring_night_takes_away_is_left_out_of_a_series() -> None:
    slots = [*series(ANY, starts_at="2026-03-22T02:30", until="2026-04-05", in_holidays=True).slots()]
    assert [(slot.day.day, slot.against) for slot in slots] == [
        (22, ""),
        (29, "cette heure n'existe pas ce jour-là"),
        (5, ""),
    ]


def two_hours() -> SessionParts:
    """A training of two hours, in a space that is always labelled."""
    label = Label(valid=Range(TODAY.replace(year=2020), None), warned=False, ended=False)
    space = Space(state="listed", seats=8, rooms=[], labels=[label])
    return SessionParts(Training(state="published", hours=2, version=1), space, Mediator(left_on=None))


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        ("2026-10-25T01:30", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),  # 02:30 on the wall, the second time
        ("2026-03-29T01:30", datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),  # 04:30 on the wall
    ],
)
def test_rule_10_two_hours_are_two_hours_in_the_nights_when_the_clocks_change(
    starts_at: str, ends_at: datetime
) -> None:
    form = SessionForm.model_validate(ANY | {"starts_at": starts_at})
    session = Session.put_on(SessionId(uuid7()), form, two_hours(), datetime(2026, 1, 1, tzinfo=UTC))
    assert session.ends_at == ends_at
    assert session.ends_at.astimezone(UTC) - session.starts_at.astimezone(UTC) == timedelta(hours=2)


def test_an_hour_that_spring_takes_away_is_refused() -> None:
    with pytest.raises(ValueError, match="cette heure n'existe pas"):
        SessionForm.model_validate(ANY | {"starts_at": "2027-03-28T02:30"})
    form = SessionForm.model_validate(ANY | {"starts_at": "2027-03-28T03:30"})
    assert form.starts_at == datetime(2027, 3, 28, 3, 30, tzinfo=PARIS)
