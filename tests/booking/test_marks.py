"""Who was there and who was not, without a database: hours, absences, and what is mended. Rule 17."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.booking import BookingAttended, BookingMissed
from services.booking.model import AlreadyMarked, NotStarted, ReasonMissing, attendance
from services.booking.model.refusals import NothingToGiveBack
from tests.booking.on_paper import BEGINS, POLICY, TICK, booked, cause, of, seat, session, states


def test_rule_17_an_hour_followed_is_published_with_its_day_and_spends_what_it_cost() -> None:
    _, wallet, booking = booked(hours=2)
    with pytest.raises(NotStarted):
        attendance.attend(booking, wallet, cause(booking, BEGINS - TICK))
    event = attendance.attend(booking, wallet, cause(booking, BEGINS, reason=""))
    assert event == BookingAttended(**booking.who(), vouchers_consumed=2, on=BEGINS.date())
    assert (states(wallet)[:3], wallet.hours_followed) == (["consumed", "consumed", "available"], 2)
    assert (wallet.first_hour_on, wallet.last_hour_on) == (BEGINS.date(), BEGINS.date())
    with pytest.raises(AlreadyMarked):
        attendance.attend(booking, wallet, cause(booking, BEGINS))
    with pytest.raises(NothingToGiveBack):
        attendance.give_back(booking, wallet, cause(booking, BEGINS))


@pytest.mark.parametrize(("forgiven", "spent"), [(2, 2), (3, 0), (4, 0)])
def test_rule_17_an_absence_is_published_with_what_it_cost_and_how_many_there_were(forgiven: int, spent: int) -> None:
    _, wallet, booking = booked(hours=2)
    wallet.absences = wallet.late_cancellations = 1
    policy = replace(POLICY, absences_forgiven=forgiven)
    event = attendance.miss(booking, wallet, cause(booking, BEGINS), policy)
    assert event == BookingMissed(**booking.who(), vouchers_consumed=spent, absences=3, on=BEGINS.date())
    assert (states(wallet).count("consumed"), states(wallet).count("held")) == (spent, 0)
    assert (booking.state, wallet.absences) == ("missed", 2)
    with pytest.raises(AlreadyMarked):
        attendance.miss(booking, wallet, cause(booking, BEGINS), policy)


def test_rule_17_an_hour_marked_by_mistake_takes_its_day_with_it() -> None:
    wallet = of()
    first, last = (seat(session(BEGINS + timedelta(days=day)), wallet) for day in (0, 7))
    for booking in (first, last):
        attendance.attend(booking, wallet, cause(booking, booking.starts_at))
    attendance.miss(first, wallet, cause(first, BEGINS), POLICY, [last])
    assert (wallet.hours_followed, wallet.first_hour_on, wallet.last_hour_on) == (1, last.day, last.day)


@pytest.mark.parametrize("before", [0, 1])
def test_rule_17_what_was_marked_by_mistake_is_mended_both_ways_with_a_reason(before: int) -> None:
    _, wallet, booking = booked()
    wallet.late_cancellations = before
    attendance.miss(booking, wallet, cause(booking, BEGINS), POLICY)
    with pytest.raises(ReasonMissing):
        attendance.attend(booking, wallet, cause(booking, BEGINS, "  ab  "))
    attendance.attend(booking, wallet, cause(booking, BEGINS, "oui"))
    assert (wallet.absences, wallet.hours_followed, states(wallet).count("consumed")) == (0, 1, 1)
    attendance.miss(booking, wallet, cause(booking, BEGINS, "non"), POLICY)
    assert (wallet.absences, wallet.hours_followed, states(wallet).count("consumed")) == (1, 0, before)


def test_rule_17_an_absence_that_cost_an_hour_is_given_back_once() -> None:
    _, wallet, booking = booked()
    wallet.late_cancellations = 1
    attendance.miss(booking, wallet, cause(booking, BEGINS), POLICY)
    with pytest.raises(ReasonMissing):
        attendance.give_back(booking, wallet, cause(booking, BEGINS, "ab"))
    attendance.give_back(booking, wallet, cause(booking, BEGINS, "abc"))
    assert states(wallet) == ["available"] * 5
    with pytest.raises(NothingToGiveBack):
        attendance.give_back(booking, wallet, cause(booking, BEGINS, "abc"))


def test_rule_17_a_session_that_nobody_noted_costs_nothing_and_counts_for_nothing() -> None:
    _, wallet, booking = booked()
    attendance.never_noted(booking, wallet, cause(booking, BEGINS))
    assert (booking.state, states(wallet), wallet.misses) == ("missed", ["available"] * 5, 0)
