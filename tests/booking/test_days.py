"""The days of sessions are those of France."""

from datetime import date, datetime

from chassis.db import Database
from services.booking import queries
from services.booking.model import Booking
from tests.booking.conftest import deliver, new_session
from tests.booking.events import ME, TOMORROW, in_post


async def test_the_sessions_of_the_day_are_those_of_yesterday_today_and_tomorrow_in_france(database: Database) -> None:
    """In the week when the clocks change: the first day has 24 hours, the second 25."""
    days = {
        "yesterday": "2026-10-24T00:00+02:00",
        "before": "2026-10-23T23:30+02:00",
        "tomorrow": "2026-10-26T23:30+01:00",
        "after": "2026-10-27T00:00+01:00",
    }
    ids = {await new_session(database, starts=datetime.fromisoformat(day)): name for name, day in days.items()}
    await deliver(database, *in_post())
    for now in ("2026-10-25T00:01+02:00", "2026-10-25T23:59+01:00"):
        async with database.reading() as reading:
            known = await queries.mediator(reading, ME)
            sessions = await queries.sessions_of_day(reading, known, datetime.fromisoformat(now))
        assert [ids[session.id] for session in sessions] == ["yesterday", "tomorrow"]


def test_the_day_of_an_hour_is_the_day_in_france() -> None:
    late = TOMORROW.replace(year=2026, month=7, day=1, hour=22)
    assert Booking(starts_at=late).day == date(2026, 7, 2)
