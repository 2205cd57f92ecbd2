"""What a wallet tells, and what becomes of it when two records were one person. Rules 5, 14, 15 and 17."""

from datetime import date
from itertools import product
from typing import Any

import pytest

from contracts.ids import BeneficiaryId, BookId, BookingId, VoucherId, uuid7
from contracts.words import Actor
from services.booking.model import Cause, NotEnoughVouchers, Wallet
from services.booking.model.ledger import ImpossibleMove
from tests.booking.events import TOMORROW

CAUSE = Cause("essai", Actor(kind="system"), TOMORROW)
FIRST, SECOND, THIRD, FOURTH = (date(2026, 11, day) for day in (3, 10, 17, 24))


def empty() -> Wallet:
    return Wallet.empty(BeneficiaryId(uuid7()))


def with_books(number: int) -> Wallet:
    wallet = empty()
    for rank in range(1, number + 1):
        wallet.receive(BookId(uuid7()), rank, [VoucherId(uuid7()) for _ in range(5)], CAUSE)
    return wallet


def followed(*days: date, **counts: int) -> Wallet:
    """Somebody who was there on these days."""
    wallet = empty()
    for day in days:
        wallet.followed(1, day)
    for name, misses in counts.items():
        setattr(wallet, name, misses)
    return wallet


def known(wallet: Wallet) -> tuple[Any, ...]:
    hours = wallet.hours_followed, wallet.first_hour_on, wallet.last_hour_on
    return *hours, wallet.absences, wallet.late_cancellations


def test_rule_15_a_wallet_tells_each_book_by_the_states_of_its_vouchers_and_the_hours_with_their_days() -> None:
    wallet, booking = with_books(2), Cause("essai", Actor(kind="system"), TOMORROW, BookingId(uuid7()))
    wallet.followed(1, FIRST)
    wallet.followed(2, SECOND)
    wallet.absences, wallet.late_cancellations = 3, 4
    older, newer = wallet.vouchers[:5], wallet.vouchers[5:]
    wallet.move(older[:3], "held", booking)
    wallet.move(older[:1], "consumed", booking)
    wallet.move(newer[:1], "void", CAUSE)
    wallet.move(newer[1:4], "expired", CAUSE)
    wallet.vouchers.sort(key=lambda voucher: -voucher.position)
    changed = wallet.changed()
    assert [book.book_id for book in changed.books] == [older[0].book_id, newer[0].book_id]
    assert [(book.available, book.held, book.consumed, book.void, book.expired) for book in changed.books] == [
        (2, 2, 1, 0, 0),
        (1, 0, 0, 1, 3),
    ]
    assert changed.books[0].states == ("consumed", "held", "held", "available", "available")
    assert changed.books[0].booking_ids == (*[booking.booking_id] * 3, None, None)
    assert (changed.hours_followed, changed.first_hour_on, changed.last_hour_on) == (3, FIRST, SECOND)
    assert (changed.absences, changed.late_cancellations) == (3, 4)


def test_rule_15_a_book_that_is_received_twice_is_five_vouchers() -> None:
    wallet, book = empty(), BookId(uuid7())
    for _ in range(2):
        wallet.receive(book, 1, [VoucherId(uuid7()) for _ in range(5)], CAUSE)
    assert len(wallet.vouchers) == len(wallet.moves) == 5
    assert [voucher.position for voucher in wallet.vouchers] == [1, 2, 3, 4, 5]


def test_rule_15_a_voucher_given_back_to_a_book_that_has_ended_ends_too() -> None:
    """It is not among those that can be used again."""
    wallet = with_books(1)
    first, second, *_ = wallet.hold(5, CAUSE)
    first.ends_as = "expired"
    assert wallet.move([first, second], "available", CAUSE) == [second]
    assert (first.state, second.state) == ("expired", "available")
    assert [move["state_after"] for move in wallet.moves[-3:]] == ["available", "expired", "available"]


POSSIBLE = {
    "available": {"held", "void", "expired"},
    "held": {"available", "consumed"},
    "consumed": {"available"},
    "void": {"available"},
    "expired": set[str](),
}


@pytest.mark.parametrize(("before", "after"), [*product(POSSIBLE, POSSIBLE)])
def test_rule_15_a_voucher_goes_only_from_a_state_to_one_that_may_follow(before: Any, after: Any) -> None:
    voucher = with_books(1).vouchers[0]
    voucher.state = before
    if after in POSSIBLE[before]:
        voucher.moved(after, CAUSE)
        assert (voucher.state, voucher.moves) == (after, 1)
    else:
        with pytest.raises(ImpossibleMove):
            voucher.moved(after, CAUSE)
        assert (voucher.state, voucher.moves) == (before, 0)


def test_a_move_that_can_not_be_is_refused_in_french() -> None:
    assert ImpossibleMove("consumed", "held").sentence == "Un chèque «utilisé» ne peut pas devenir «réservé»."


def test_rule_14_all_the_vouchers_that_are_left_can_be_held_and_not_one_more() -> None:
    wallet = with_books(1)
    with pytest.raises(NotEnoughVouchers, match="demande 6 chèques, il en reste 5"):
        wallet.hold(6, CAUSE)
    assert len(wallet.available) == 5
    wallet.hold(5, CAUSE)
    with pytest.raises(NotEnoughVouchers, match="demande 1 chèque, il n'en reste aucun"):
        wallet.hold(1, CAUSE)


def test_rule_5_hours_and_absences_of_two_records_are_one_persons() -> None:
    """However the days lie; the merged record has none any more."""
    some, others = (FIRST, THIRD), (SECOND, FOURTH)
    for days, merged_days in ((some, others), (others, some), ((FIRST, FOURTH), (SECOND, THIRD))):
        survivor = followed(*days, absences=1, late_cancellations=2)
        merged = followed(*merged_days, absences=3, late_cancellations=5)
        survivor.absorb(merged)
        assert known(survivor) == (4, FIRST, FOURTH, 4, 7)
        assert known(merged) == known(empty())


def test_rule_5_a_record_without_an_hour_changes_no_day_of_the_other() -> None:
    for survivor, merged in ((empty(), followed(FIRST, SECOND)), (followed(FIRST, SECOND), empty())):
        survivor.absorb(merged)
        assert known(survivor) == (2, FIRST, SECOND, 0, 0)
    survivor = empty()
    survivor.absorb(empty())
    assert known(survivor) == known(empty())


def test_rule_5_books_of_two_records_are_numbered_in_the_order_of_their_prescription() -> None:
    wallet = with_books(8)
    for voucher in wallet.vouchers:
        voucher.rank = 1
    wallet.renumber()
    in_order = [
        *dict.fromkeys(voucher.book_id for voucher in sorted(wallet.vouchers, key=lambda voucher: voucher.rank))
    ]
    assert in_order == sorted(in_order)
    assert {voucher.rank for voucher in wallet.vouchers} == {*range(1, 9)}


@pytest.mark.parametrize("late", [True, False])
def test_rule_17_a_person_is_flagged_at_the_limit_and_at_each_miss_after_it(*, late: bool) -> None:
    """An absence and a late cancellation count alike; the reason is the last one's."""
    wallet, flags = empty(), list[int]()
    for misses in range(5):
        wallet.absences, wallet.late_cancellations = misses // 2, misses - misses // 2
        raised = wallet.flagged(2, late=late)
        flags.append(len(raised))
        assert {flag.reason for flag in raised} <= {"late_cancellations" if late else "absences"}
    assert flags == [0, 0, 1, 1, 1]
