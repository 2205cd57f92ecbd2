"""What booking decides at the border: the exact second, the last seat, the hour beside, the older voucher."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.db import Database
from contracts.ids import BeneficiaryId, BookId, BookingId, uuid7
from contracts.prescription import BeneficiaryMerged
from services.booking import queries
from services.booking.model import (
    Cause,
    NotEnoughVouchers,
    OfferEnded,
    OverlapsAnother,
    SessionFull,
    SessionOver,
    attendance,
)
from services.booking.usecases.bookings import VOUCHER_COLUMNS, WALLET_COLUMNS
from tests.booking.conftest import book, deliver, new_people, new_session
from tests.booking.events import TOMORROW, changed, prescribed
from tests.booking.on_paper import BEGINS, BY, NOW, POLICY, TICK, of, offered, seat, session


def test_rule_14_a_session_is_open_until_the_moment_it_begins() -> None:
    assert seat(session(), of(), now=BEGINS - TICK).state == "confirmed"
    for moment in (BEGINS, BEGINS + TICK):
        with pytest.raises(SessionOver):
            seat(session(), of(), now=moment)


def test_rule_18_an_offer_may_be_accepted_until_its_moment_and_no_later() -> None:
    for late in (timedelta(0), TICK):
        here, wallet = session(), of()
        offer = offered(here, wallet)
        assert offer.offered_until
        with pytest.raises(OfferEnded):
            offer.accept(here, wallet, [], Cause("", BY, offer.offered_until + late, offer.id))
        offer.accept(here, wallet, [], Cause("", BY, offer.offered_until - TICK, offer.id))
        assert (offer.state, here.offered, here.taken) == ("confirmed", 0, 1)


def test_rule_18_an_offer_of_a_session_that_begins_is_not_accepted() -> None:
    here, wallet = session(), of()
    offer = offered(here, wallet)
    offer.offered_until = BEGINS + timedelta(hours=1)
    with pytest.raises(SessionOver):
        offer.accept(here, wallet, [], Cause("", BY, BEGINS, offer.id))


@pytest.mark.parametrize(("starts", "fits"), [(-1, True), (1, True), (0, False), (-0.5, False), (0.5, False)])
def test_rule_14_the_hour_before_and_the_hour_after_can_be_booked_and_none_that_overlaps(
    starts: float, *, fits: bool
) -> None:
    wallet = of()
    first = seat(session(), wallet)
    other = session(BEGINS + timedelta(hours=starts))
    if fits:
        assert seat(other, wallet, first).state == "confirmed"
    else:
        with pytest.raises(OverlapsAnother):
            seat(other, wallet, first)


async def test_rule_14_the_database_takes_adjoining_hours_too(database: Database) -> None:
    """The mediator books 11 to 12, then 10 to 11."""
    (person,) = await new_people(database, 1)
    for hour in (1, 0):
        await book(database, await new_session(database, starts=TOMORROW + timedelta(hours=hour)), person)
    async with database.reading() as reading:
        seats = await queries.seats_of(reading, person)
    assert [seat.starts_at for seat in seats] == [TOMORROW, TOMORROW + timedelta(hours=1)]
    assert seats[0].ends_at == seats[1].starts_at


def test_rule_13_a_seat_given_back_after_the_capacity_was_lowered_is_nobodys() -> None:
    here, wallets = session(capacity=3), [of() for _ in range(4)]
    seats = [seat(here, wallet) for wallet in wallets[:3]]
    here.apply(changed(here.id, 2, "capacity", starts=BEGINS, capacity=2))
    assert (here.capacity, here.catalogue_capacity, here.free) == (3, 2, 0), "who has a seat keeps it"
    seats[2].cancel(here, wallets[2], Cause("", BY, NOW, seats[2].id), POLICY)
    assert (here.capacity, here.free, here.seated) == (2, 0, 2)
    with pytest.raises(SessionFull):
        seat(here, wallets[3])
    seats[0].cancel(here, wallets[0], Cause("", BY, NOW, seats[0].id), POLICY)
    assert seat(here, wallets[3]).seat == 1


def test_each_telling_of_a_session_and_of_a_wallet_has_a_version_of_its_own() -> None:
    here, wallet = session(), of()
    assert [here.filled().version for _ in range(3)] == [1, 2, 3]
    assert [wallet.changed().version for _ in range(3)] == [1, 2, 3]


FIRST, SECOND, THIRD = (date(2026, 11, day) for day in (3, 10, 17))


def test_rule_17_hours_followed_remember_the_first_and_the_last_day_in_whatever_order_they_are_marked() -> None:
    wallet = of()
    for hours, day in ((1, SECOND), (2, THIRD), (1, FIRST)):
        wallet.followed(hours, day)
    assert (wallet.hours_followed, wallet.first_hour_on, wallet.last_hour_on) == (4, FIRST, THIRD)


@pytest.mark.parametrize(
    ("mistaken", "left", "first", "last"),
    [
        (FIRST, [THIRD, SECOND], SECOND, THIRD),
        (SECOND, [FIRST, THIRD], FIRST, THIRD),
        (THIRD, [SECOND, FIRST], FIRST, SECOND),
        (SECOND, [THIRD], FIRST, THIRD),
        (SECOND, [], FIRST, THIRD),
    ],
)
def test_rule_17_an_hour_marked_by_mistake_gives_its_days_back(
    mistaken: date, left: list[date], first: date, last: date
) -> None:
    """Those that remain are not all known any more after two years (rule 27)."""
    wallet = of()
    for day in (FIRST, SECOND, THIRD):
        wallet.followed(1, day)
    wallet.not_followed(1, mistaken, left)
    assert (wallet.hours_followed, wallet.first_hour_on, wallet.last_hour_on) == (2, first, last)


def test_rule_17_without_an_hour_there_is_neither_a_first_nor_a_last_day() -> None:
    wallet = of()
    wallet.followed(2, FIRST)
    wallet.not_followed(2, FIRST, [])
    assert (wallet.hours_followed, wallet.first_hour_on, wallet.last_hour_on) == (0, None, None)


def test_rule_15_an_hour_costs_the_oldest_voucher_and_no_more_than_there_are() -> None:
    wallet = of(hours=3)
    ids = [voucher.id for voucher in wallet.vouchers]
    wallet.vouchers.reverse()
    held = wallet.hold(2, Cause("", BY, NOW, BookingId(uuid7())))
    assert [voucher.id for voucher in held] == ids[:2]
    with pytest.raises(NotEnoughVouchers):
        wallet.hold(2, Cause("", BY, NOW, BookingId(uuid7())))
    assert [voucher.id for voucher in wallet.available] == ids[2:], "what was refused holds nothing"


def test_taking_a_seat_changes_no_column_beside_those_that_are_stored() -> None:
    wallet = of(hours=3)
    wallet.vouchers[0].booking_id, wallet.hours_followed, wallet.absences = BookingId(uuid7()), 2, 1
    vouchers, before = {voucher.id: voucher.row for voucher in wallet.vouchers}, wallet.row
    seat(session(hours=2), wallet)
    wallet.changed()
    assert different(before, wallet.row) == {*WALLET_COLUMNS[1:]}
    assert set().union(*(different(vouchers[voucher.id], voucher.row) for voucher in wallet.vouchers)) == {
        *VOUCHER_COLUMNS[1:]
    }


def different(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def test_rule_17_an_absence_that_can_not_become_an_hour_stays_an_absence() -> None:
    wallet, when = of(hours=1), BEGINS + TICK
    missed = seat(session(), wallet)
    why = Cause("absente", BY, when, missed.id)
    attendance.miss(missed, wallet, why, POLICY)
    wallet.hold(1, Cause("", BY, NOW, BookingId(uuid7())))
    with pytest.raises(NotEnoughVouchers):
        attendance.attend(missed, wallet, why)
    assert (missed.state, wallet.absences, wallet.hours_followed) == ("missed", 1, 0)


@pytest.mark.parametrize("older", ["survivor", "merged"])
async def test_rule_5_after_a_merge_the_oldest_book_of_both_is_spent_first(database: Database, older: str) -> None:
    """Both are the first of their record: only the time in their ids tells which is older."""
    survivor, merged = BeneficiaryId(uuid7()), BeneficiaryId(uuid7())
    people = (survivor, merged) if older == "survivor" else (merged, survivor)
    ids = BookId(UUID("019a0000-0000-7000-8000-0000000000ff")), BookId(UUID("019b0000-0000-7000-8000-000000000001"))
    books = [prescribed(who).model_copy(update={"book_id": book_id}) for who, book_id in zip(people, ids, strict=True)]
    await deliver(database, *books, BeneficiaryMerged(kept_id=survivor, merged_id=merged))
    await book(database, await new_session(database, hours=2), survivor)
    async with database.reading() as reading:
        wallet = await queries.wallet(reading, survivor)
    held = [voucher.id for voucher in wallet.vouchers if voucher.state == "held"]
    assert held == [*books[0].voucher_ids[:2]]
    assert [(voucher.book_id, voucher.rank) for voucher in wallet.vouchers[::5]] == [
        (books[0].book_id, 1),
        (books[1].book_id, 2),
    ]
