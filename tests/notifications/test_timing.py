"""When each notice leaves: a table of cases with a movable clock, nights, clock changes, a service that was down."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import PARIS, move
from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications.delivery import Dispatch
from services.notifications.model import let_sleep
from services.notifications.model.schedule import ON_THE_WAY, is_night
from tests.notifications.conftest import consume, send_due, settings_of
from tests.notifications.events import at, confirmed, moved, paris, scheduled, stated
from tests.notifications.stored import states
from tests.outside import Outside


@pytest.mark.parametrize(
    ("now", "useful_until", "expected"),
    [
        ("2026-11-24T14:00", None, None),
        ("2026-11-24T19:59", None, None),
        ("2026-11-24T20:00", None, "2026-11-25T08:00"),
        ("2026-11-25T07:59", None, "2026-11-25T08:00"),
        ("2026-11-25T08:00", None, None),
        ("2026-11-24T21:00", "2026-11-25T10:00", "2026-11-25T08:00"),  # two hours are enough
        ("2026-11-24T21:00", "2026-11-25T09:00", None),  # woken rather than sent for nothing
        ("2026-10-24T23:00", None, "2026-10-25T08:00"),  # clocks go back in this night: 10 hours, not 9
        ("2026-10-25T02:30", None, "2026-10-25T08:00"),
        ("2026-03-28T23:00", None, "2026-03-29T08:00"),  # and forward in this one
        ("2027-03-27T23:00", None, "2027-03-28T08:00"),
    ],
)
def test_rule_21_nothing_at_night_unless_it_can_t_wait(
    now: str, useful_until: str | None, expected: str | None
) -> None:
    until = let_sleep(paris(now).astimezone(UTC), paris(useful_until).astimezone(UTC) if useful_until else None)
    assert until == (paris(expected).astimezone(UTC) if expected else None)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds it
def test_rule_21_who_is_held_leaves_by_day_within_twelve_hours_and_one(now: datetime) -> None:
    until = let_sleep(now, None)
    assert (until is None) is not is_night(now)
    if until:
        assert until.astimezone(PARIS).strftime("%H:%M") == "08:00"
        assert timedelta(0) < until - now <= timedelta(hours=13)
        assert let_sleep(now, until + ON_THE_WAY - timedelta(seconds=1)) is None


def quiet(site: Site) -> Dispatch:
    settings = settings_of(site)
    return Dispatch.of(settings.model_copy(update={"quiet_hours": True}))


@pytest.mark.parametrize(("hour", "leaves"), [(19, True), (21, False), (7, False), (8, True)])
async def test_rule_21_a_booking_made_at_night_is_confirmed_in_the_morning(
    site: Site, database: Database, offset: Path, hour: int, *, leaves: bool
) -> None:
    move(offset, at(hour))
    person, session = BeneficiaryId(uuid7()), scheduled(at(14, days=5))
    await consume(database, stated(person), session, confirmed(person, session))
    await quiet(site).drain(database)
    assert (await states(database))["booking_confirmed"] == ("sent" if leaves else "scheduled")
    move(offset, at(8, days=1) + timedelta(minutes=1))
    await quiet(site).drain(database)
    assert (await states(database))["booking_confirmed"] == "sent"


async def test_rule_21_what_can_t_wait_is_told_at_night(site: Site, database: Database, offset: Path) -> None:
    """Cancelled at 21:00, it would have begun at 8:30: nobody leaves home for nothing."""
    move(offset, at(21))
    person, session = BeneficiaryId(uuid7()), scheduled(at(8, days=1) + timedelta(minutes=30))
    await consume(database, stated(person), session, confirmed(person, session))
    await quiet(site).drain(database)
    assert (await states(database))["booking_confirmed"] == "sent"


@pytest.mark.parametrize(
    ("back_before", "expected"),
    [
        (timedelta(hours=30), ["reminder_48h"]),  # a day late, it still helps
        (timedelta(hours=2), ["reminder_3h"]),  # of two reminders, the one that is nearer
        (timedelta(minutes=-5), []),
    ],
)
async def test_rule_21_a_service_that_was_down_for_a_day_sends_only_what_still_makes_sense(
    site: Site, database: Database, offset: Path, back_before: timedelta, expected: list[str]
) -> None:
    starts = at(14, days=10)
    move(offset, at(10))
    person, session = BeneficiaryId(uuid7()), scheduled(starts)
    await consume(database, stated(person), session, confirmed(person, session))
    await quiet(site).drain(database)
    move(offset, starts - back_before)
    await quiet(site).drain(database)
    sent = [kind for kind, state in (await states(database)).items() if state == "sent" and kind != "booking_confirmed"]
    assert sent == expected


async def test_a_confirmation_that_leaves_late_tells_the_new_date_and_no_move(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    """Booked, moved twice, and nobody could send meanwhile: one message, with the last date."""
    move(offset, at(10))
    person, session = BeneficiaryId(uuid7()), scheduled(at(14, days=5))
    booking = confirmed(person, session)
    moves = [moved(booking, version, at(14, days=5 + version)) for version in (2, 3)]
    await consume(database, stated(person), session, booking, *moves)
    await consume(database, stated(person), session.model_copy(update={"version": 3}))
    await send_due(site)
    [message] = outside.messages(stated(person).phone or "")
    assert "séance réservée mercredi 20 janv." in message["text"]
    assert (await states(database))["booking_moved"] == "dropped"
