"""The calendar file of a session, opened by two other libraries that did not write it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import ics
import pytest
import vobject

from contracts.ids import uuid7
from contracts.words import NoticeKind
from services.notifications.model import Booking
from services.notifications.texts import calendar_file, mail
from services.notifications.texts.samples import NOW, STARTS, facts


@pytest.mark.parametrize(
    ("edition", "kind", "status", "sequence"),
    [
        (0, "booking_confirmed", "CONFIRMED", 0),
        (3, "booking_moved", "CONFIRMED", 3),
        (3, "reminder_48h", "CONFIRMED", 3),
        (3, "booking_cancelled", "CANCELLED", 4),  # lower than the move's, calendars would keep the session
    ],
)
def test_two_other_libraries_open_the_calendar(edition: int, kind: NoticeKind, status: str, sequence: int) -> None:
    uid, known = uuid7(), facts(kind)
    booking = Booking(edition=edition, state="confirmed", starts_at=STARTS, ends_at=STARTS + timedelta(hours=1))
    written = calendar_file(replace(known, booking=booking), uid, NOW)
    first = vobject.readOne(written).vevent
    [second] = ics.Calendar(written).events
    assert first.uid.value == second.uid == f"{uid}@pass-numerique.drome"
    assert first.dtstart.value.astimezone(UTC) == second.begin.datetime.astimezone(UTC) == STARTS
    assert first.dtend.value - first.dtstart.value == second.duration == timedelta(hours=1)
    assert first.status.value == second.status == status
    assert int(first.sequence.value) == sequence
    assert first.location.value == second.location == "8 Fablab, salle bleue, 8 rue Courre Commère, 26400 Crest"


def test_an_offer_has_no_calendar_file_its_seat_is_not_taken_yet() -> None:
    assert not calendar_file(facts("seat_offered"), uuid7(), NOW)


def test_a_calendar_is_right_across_the_change_of_clocks() -> None:
    """14:30 on the Sunday on which clocks go back is 13:30 UTC, not 12:30."""
    starts = datetime(2026, 10, 25, 13, 30, tzinfo=UTC)
    known = replace(facts("booking_confirmed"), starts_at=starts, ends_at=starts + timedelta(hours=1))
    assert vobject.readOne(calendar_file(known, uuid7(), NOW)).vevent.dtstart.value.astimezone(UTC) == starts
    assert "dimanche 25 octobre 2026 à 14 h 30" in mail([known], NOW).body
