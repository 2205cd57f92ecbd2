"""Random legal and illegal moves: no invariant of a wallet or of a session ever breaks. Rules 14 to 18."""

import os
from collections import defaultdict
from itertools import pairwise
from uuid import UUID

from hypothesis import settings
from hypothesis.stateful import invariant

from contracts.words import VoucherState
from services.booking.model import Move
from tests.booking.moves import TALLY, Hours

STEPS = int(os.environ.get("MACHINE_STEPS", "10000"))


def fold(moves: list[Move]) -> dict[UUID, VoucherState]:
    """What each voucher is, told by its moves alone. A move that does not follow the one before it is a fault."""
    states: dict[UUID, VoucherState] = {}
    numbers: defaultdict[UUID, int] = defaultdict(lambda: -1)
    for move in moves:
        voucher = move["voucher_id"]
        assert move["state_before"] == states.get(voucher)
        assert move["number"] == numbers[voucher] + 1
        states[voucher], numbers[voucher] = move["state_after"], move["number"]
    return states


class Kept(Hours):
    """What holds after every move."""

    @invariant()
    def the_state_is_the_fold(self) -> None:
        for wallet in self.wallets:
            assert fold(wallet.moves) == {voucher.id: voucher.state for voucher in wallet.vouchers}

    @invariant()
    def seats_are_counted(self) -> None:
        for session in self.sessions:
            mine = [booking for booking in self.bookings if booking.session_id == session.id]
            seats = [
                booking.seat for booking in mine if booking.state in {"offered", "confirmed", "attended", "missed"}
            ]
            assert len({*seats}) == len(seats)
            assert not {*seats} & {*session.seats_back}
            assert session.taken == len(
                [booking for booking in mine if booking.state in {"confirmed", "attended", "missed"}]
            )
            assert session.offered == len([booking for booking in mine if booking.state == "offered"])

    @invariant()
    def each_confirmed_booking_holds_its_price(self) -> None:
        for booking in self.bookings:
            held = self._of(booking)[1].of_booking(booking.id)
            assert len(held) == (booking.price if booking.state == "confirmed" else 0)

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        for wallet in self.wallets:
            seats = self._seats(wallet)
            assert len({seat.session_id for seat in seats}) == len(seats)
            ordered = sorted([seat for seat in seats if seat.state == "confirmed"], key=lambda seat: seat.starts_at)
            assert all(seat.ends_at <= after.starts_at for seat, after in pairwise(ordered))

    @invariant()
    def hours_are_the_attended_ones(self) -> None:
        for wallet in self.wallets:
            mine = [booking for booking in self.bookings if booking.beneficiary_id == wallet.beneficiary_id]
            assert wallet.hours_followed == sum(booking.price for booking in mine if booking.state == "attended")
            assert wallet.absences == len([booking for booking in mine if booking.state == "missed"])


class TestHours(Kept.TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=max(STEPS // 50, 1), stateful_step_count=50, deadline=None)

    def runTest(self) -> None:  # noqa: N802 - unittest's name
        """Both happened: moves that the model took, and moves that it refused."""
        super().runTest()
        assert 0 < TALLY["refused"] < TALLY["moves"]
