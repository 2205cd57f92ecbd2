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
            mine = [one for one in self.bookings if one.session_id == session.id]
            seats = [one.seat for one in mine if one.state in {"offered", "confirmed", "attended", "missed"}]
            assert len({*seats}) == len(seats)
            assert not {*seats} & {*session.seats_back}
            assert session.taken == len([one for one in mine if one.state in {"confirmed", "attended", "missed"}])
            assert session.offered == len([one for one in mine if one.state == "offered"])

    @invariant()
    def each_confirmed_booking_holds_its_price(self) -> None:
        for booking in self.bookings:
            held = self._of(booking)[1].of_booking(booking.id)
            assert len(held) == (booking.price if booking.state == "confirmed" else 0)

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        for wallet in self.wallets:
            seats = self._seats(wallet)
            assert len({one.session_id for one in seats}) == len(seats)
            ordered = sorted([one for one in seats if one.state == "confirmed"], key=lambda one: one.starts_at)
            assert all(one.ends_at <= after.starts_at for one, after in pairwise(ordered))

    @invariant()
    def hours_are_the_attended_ones(self) -> None:
        for wallet in self.wallets:
            mine = [one for one in self.bookings if one.beneficiary_id == wallet.beneficiary_id]
            assert wallet.hours_followed == sum(one.price for one in mine if one.state == "attended")
            assert wallet.absences == len([one for one in mine if one.state == "missed"])


class TestHours(Kept.TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=max(STEPS // 50, 1), stateful_step_count=50, deadline=None)

    def runTest(self) -> None:  # noqa: N802 - unittest's name
        """Both happened: moves that the model took, and moves that it refused."""
        super().runTest()
        assert 0 < TALLY["refused"] < TALLY["moves"]
