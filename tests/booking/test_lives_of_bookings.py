"""A booking from its seat to its end, without a database: what is published, counted and refused. Rules 13 to 18."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingMoved,
    SeatDeclined,
    SeatLapsed,
    SeatOffered,
    WaitingJoined,
    WaitingLeft,
)
from contracts.ids import BookingId, OfferId
from contracts.words import Actor, Named
from services.booking.model import (
    AlreadyBooked,
    AlreadyMarked,
    Booking,
    Cause,
    OverlapsAnother,
    SessionOver,
    WaitingPerson,
    attendance,
)
from tests.booking.events import changed
from tests.booking.on_paper import (
    BEGINS,
    BY,
    NOW,
    OTHER,
    POLICY,
    TICK,
    booked,
    cause,
    of,
    offered,
    seat,
    session,
    states,
)

CUT_OFF = BEGINS - POLICY.cut_off
WHO = Named(training_title="Envoyer un e-mail", place_name="8 Fablab", commune="Crest")


def test_rule_14_a_booking_tells_its_hours_its_vouchers_and_who_made_it() -> None:
    here, wallet, booking = booked(hours=2)
    assert booking.confirmed(wallet, here) == BookingConfirmed(
        booking_id=booking.id,
        session_id=here.id,
        beneficiary_id=wallet.beneficiary_id,
        voucher_ids=tuple(voucher.id for voucher in wallet.vouchers[:2]),
        starts_at=BEGINS,
        ends_at=BEGINS + timedelta(hours=2),
        booked_at=NOW,
        by=BY.author,
        named=WHO,
    )
    assert (booking.code, booking.moved) == (POLICY.code(booking.id), False)
    assert {move["reason"] for move in wallet.moves[5:]} == {"réservation"}


def test_rule_14_no_second_seat_in_a_session_and_none_in_a_cancelled_one() -> None:
    here, wallet, booking = booked()
    with pytest.raises(AlreadyBooked):
        seat(here, wallet, booking)
    here.state = "cancelled"
    with pytest.raises(SessionOver):
        seat(here, of())


def test_rule_18_a_list_is_in_order_of_arrival_and_counts_who_is_on_it() -> None:
    here, wallets = session(), [of(), of(), of()]
    people = [WaitingPerson.joined(here, wallet.beneficiary_id, NOW) for wallet in wallets]
    assert [person.announced() for person in people] == [
        WaitingJoined(session_id=here.id, beneficiary_id=wallet.beneficiary_id, place=place)
        for place, wallet in enumerate(wallets, 1)
    ]
    left = people[0].leaves(here, "withdrawn")
    assert left == WaitingLeft(session_id=here.id, beneficiary_id=wallets[0].beneficiary_id, reason="withdrawn")
    assert (here.waiting, WaitingPerson.joined(here, of().beneficiary_id, NOW).place) == (2, 4)
    assert {person.joined_at for person in people} == {NOW}


def test_rule_18_an_offer_holds_a_seat_and_no_voucher_until_it_is_accepted_by_whom_it_may_concern() -> None:
    here, wallet = session(), of()
    waiting = WaitingPerson.joined(here, wallet.beneficiary_id, NOW)
    made = Booking.offer(here, waiting, Cause("liste d'attente", BY, NOW), POLICY)
    assert made
    offer, event = made
    until = NOW + timedelta(days=1)
    known = {"offer_id": OfferId(offer.id), "session_id": here.id, "beneficiary_id": wallet.beneficiary_id}
    assert event == SeatOffered(**known, until=until)
    assert (offer.state, offer.offered_until, states(wallet)) == ("offered", until, ["available"] * 5)
    assert (here.offered, here.taken, here.free) == (1, 0, 1)
    later = NOW + timedelta(hours=1)
    assert Booking.take_seat(here, wallet, [offer], Cause("réservation", OTHER, later), POLICY) is offer
    assert (here.offered, here.taken, states(wallet)) == (0, 1, ["held", *["available"] * 4])
    confirmed = offer.confirmed(wallet, here)
    assert (confirmed.booked_at, confirmed.by) == (later, OTHER.author)
    assert {move["reason"] for move in wallet.moves[5:]} == {"place proposée, acceptée"}
    with pytest.raises(AlreadyBooked):
        offer.accept(here, wallet, [], cause(offer))


@pytest.mark.parametrize(("state", "event"), [("declined", SeatDeclined), ("lapsed", SeatLapsed)])
def test_rule_18_an_offer_that_ends_frees_its_seat(state: str, event: type[SeatDeclined | SeatLapsed]) -> None:
    here, wallet = session(), of()
    offer = offered(here, wallet)
    known = {"offer_id": OfferId(offer.id), "session_id": here.id, "beneficiary_id": wallet.beneficiary_id}
    assert offer.end_offer(here, state) == event(**known)  # type: ignore[arg-type]
    assert (offer.state, here.offered, here.taken, here.free, here.seats_back) == (state, 0, 0, 2, [1])


def test_rule_18_no_offer_is_made_when_nobody_could_answer_and_none_accepted_that_overlaps() -> None:
    here, wallet = session(), of()
    waiting = WaitingPerson.joined(here, wallet.beneficiary_id, NOW)
    assert Booking.offer(here, waiting, Cause("", BY, BEGINS - timedelta(hours=1)), POLICY) is None
    assert (here.offered, here.free) == (0, 2)
    offer = offered(here, wallet)
    same_hour = seat(session(), wallet, offer)
    with pytest.raises(OverlapsAnother):
        offer.accept(here, wallet, [offer, same_hour], cause(offer))


@pytest.mark.parametrize(("at", "late"), [(NOW, False), (CUT_OFF, False), (CUT_OFF + TICK, True)])
def test_rule_16_a_seat_is_given_back_in_time_until_the_cut_off(at: datetime, *, late: bool) -> None:
    here, wallet, booking = booked(hours=2)
    event = booking.cancel(here, wallet, cause(booking, at), POLICY)
    assert event == BookingCancelled(
        **booking.who(), by=OTHER.author, reason="empêchée", late=late, vouchers_returned=2
    ), "the first absence is forgiven"
    assert (booking.state, booking.late_at, wallet.late_cancellations) == ("cancelled", at if late else None, late)
    assert (states(wallet), here.taken, here.seats_back) == (["available"] * 5, 0, [1])
    with pytest.raises(AlreadyMarked):
        booking.cancel(here, wallet, cause(booking, at), POLICY)


@pytest.mark.parametrize("forgiven", [0, 1, 2, 3, 4])
def test_rule_16_a_late_cancellation_costs_the_hours_once_there_were_more_than_are_forgiven(forgiven: int) -> None:
    here, wallet, booking = booked(hours=2)
    wallet.absences = wallet.late_cancellations = 1
    spent = forgiven < 3
    event = booking.cancel(here, wallet, cause(booking, BEGINS - TICK), replace(POLICY, absences_forgiven=forgiven))
    assert (event.late, event.vouchers_returned, wallet.misses) == (True, 0 if spent else 2, 3)
    assert states(wallet).count("consumed") == 2 * spent


def test_rule_16_in_time_nothing_is_lost_however_many_absences_there_were() -> None:
    here, wallet, booking = booked(hours=2)
    wallet.absences = 3
    event = booking.cancel(here, wallet, cause(booking, CUT_OFF), POLICY)
    assert (event.late, event.vouchers_returned, states(wallet)) == (False, 2, ["available"] * 5)


def test_rule_16_what_a_late_cancellation_cost_comes_back_when_the_organiser_cancels() -> None:
    here, wallet, booking = booked(hours=2)
    wallet.absences = 1
    booking.cancel(here, wallet, cause(booking, BEGINS - TICK), POLICY)
    assert states(wallet).count("consumed") == 2
    organiser = cause(booking, BEGINS, by=Actor(kind="organiser"))
    assert booking.called_off(here, wallet, organiser, POLICY) == []
    assert (states(wallet), wallet.misses, booking.late_at) == (["available"] * 5, 1, None)


def test_rule_16_nobody_but_the_organiser_cancels_what_has_begun_and_that_is_never_late() -> None:
    here, wallet, booking = booked()
    for moment in (BEGINS, BEGINS + TICK):
        with pytest.raises(SessionOver):
            booking.cancel(here, wallet, cause(booking, moment), POLICY)
    (event,) = booking.called_off(here, wallet, cause(booking, BEGINS, by=Actor(kind="organiser")), POLICY)
    assert (event.late, event.vouchers_returned, wallet.misses) == (False, 1, 0)


@pytest.mark.parametrize(("moved_at", "late"), [(NOW, True), (CUT_OFF, True), (CUT_OFF + TICK, False)])
def test_rule_16_who_could_not_know_in_time_is_not_late(moved_at: datetime, *, late: bool) -> None:
    _, _, booking = booked()
    booking.moved_at = moved_at
    assert booking.is_late(BEGINS - TICK, POLICY) is late


def test_rule_13_a_session_takes_only_newer_news_of_itself_and_a_booking_follows_it() -> None:
    here, _, booking = booked()
    later = BEGINS + timedelta(hours=3)
    for version in (0, 1):
        assert here.apply(changed(here.id, version, "time", starts=later)) is False
    assert here.starts_at == BEGINS
    assert here.apply(changed(here.id, 2, "place", starts=BEGINS, capacity=2)) is True
    booking.move(here, NOW)
    assert (booking.moved, booking.moved_at) == (False, None), "another place is no other time"
    here.apply(changed(here.id, 3, "time", starts=later, capacity=2, hours=2))
    assert booking.move(here, NOW) == BookingMoved(
        **booking.who(), session_version=3, starts_at=later, ends_at=later + timedelta(hours=2), named=WHO
    )
    assert (booking.starts_at, booking.ends_at) == (later, later + timedelta(hours=2))
    assert (booking.moved, booking.moved_at, here.price) == (True, NOW, 2)


def test_rule_27_nothing_happens_any_more_to_what_is_nobodys() -> None:
    here, wallet, booking = booked()
    booking.beneficiary_id = None
    with pytest.raises(AlreadyMarked):
        booking.cancel(here, wallet, cause(booking), POLICY)


def test_rule_15_each_move_of_a_voucher_has_its_cause() -> None:
    _, wallet, booking = booked()
    why = replace(cause(booking, BEGINS), reason="présence")
    attendance.attend(booking, wallet, why)
    received, held, consumed = [move for move in wallet.moves if move["voucher_id"] == wallet.vouchers[0].id]
    assert (received["state_before"], received["previous"], received["number"]) == (None, None, 0)
    assert (held["previous"], held["state_before"], held["state_after"]) == (0, "available", "held")
    assert consumed == {
        "beneficiary_id": wallet.beneficiary_id,
        "voucher_id": wallet.vouchers[0].id,
        "number": 2,
        "previous": 1,
        "state_before": "held",
        "state_after": "consumed",
        "reason": "présence",
        "booking_id": booking.id,
        "by_kind": OTHER.kind,
        "by_id": OTHER.id,
        "at": BEGINS,
    }
    assert wallet.vouchers[0].booking_id == booking.id
    wallet.move(wallet.vouchers[:1], "available", replace(why, booking_id=BookingId(UUID(int=9))))
    assert wallet.vouchers[0].booking_id is None
