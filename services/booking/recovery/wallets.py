"""Wallets as they were published last; the ledger gets the moves that lead there."""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import product
from typing import get_args
from uuid import UUID

from chassis.db import Transaction
from chassis.recovery import WrittenBefore
from contracts.booking import BookUse, PersonFlagged, WalletChanged
from contracts.event import CloudEvent
from contracts.ids import BookingId
from contracts.words import VoucherState
from services.booking import queries
from services.booking.model import Cause, Flag, Voucher, Wallet
from services.booking.model.ledger import MOVES, SYSTEM
from services.booking.usecases.wallets import record_moves

AGAIN = "repris après une restauration de la base"
FIGURES = ("version", "hours_followed", "first_hour_on", "last_hour_on", "absences", "late_cancellations")

Way = tuple[VoucherState, ...]


async def take_up(tx: Transaction, published: Sequence[CloudEvent]) -> None:
    """All of whom something was published have a wallet."""
    people = {person for record in published if (person := getattr(record.event, "beneficiary_id", None))}
    await queries.open_wallets(tx, people)
    wallets = await queries.wallets_for_update(tx, people)
    changes = {
        record.event.beneficiary_id: (record.event, record.time)
        for record in published
        if isinstance(record.event, WalletChanged)
    }
    books = await queries.vouchers_of_books(tx, {use.book_id for event, _ in changes.values() for use in event.books})
    for person, (event, at) in changes.items():
        _take_up(wallets[person], event, books, at)
        record_moves(tx, wallets[person])
    for record in published:
        if isinstance(record.event, PersonFlagged) and await queries.open_flag(tx, record.event.beneficiary_id) is None:
            tx.add(Flag.raised(record.event, record.time))
            await tx.flush()
    await tx.flush()


def _take_up(wallet: Wallet, event: WalletChanged, books: dict[UUID, list[Voucher]], at: datetime) -> None:
    """Raises WrittenBefore."""
    if event.absences is None:
        raise WrittenBefore(event)
    for name in FIGURES:
        setattr(wallet, name, getattr(event, name))
    for use in event.books:
        for voucher, state, booking_id in _states(books[use.book_id], use):
            voucher.beneficiary_id = wallet.beneficiary_id
            wallet.moves.extend(
                voucher.moved(step, Cause(AGAIN, SYSTEM, at, booking_id)) for step in _way(voucher, state, booking_id)
            )


def _states(vouchers: Sequence[Voucher], use: BookUse) -> Iterator[tuple[Voucher, VoucherState, BookingId | None]]:
    return zip(vouchers, use.states or (), use.booking_ids or (), strict=True)


def _way(voucher: Voucher, state: VoucherState, booking_id: BookingId | None) -> Way:
    """Also from one booking to another. Which booking spent it may be forgotten by now."""
    if voucher.state == state and booking_id in {voucher.booking_id, None}:
        return ()
    return WAYS[voucher.state, state]


def _shortest(before: VoucherState, after: VoucherState) -> Way:
    """Of the ways that the ledger allows."""
    ways: deque[Way] = deque([(before,)])
    while ways:
        way = ways.popleft()
        for step in (to for to in get_args(VoucherState) if (way[-1], to) in MOVES):
            if step == after:
                return *way[1:], step
            if step not in way:
                ways.append((*way, step))
    return ()


WAYS: dict[tuple[VoucherState, VoucherState], Way] = {
    (before, after): _shortest(before, after) for before, after in product(get_args(VoucherState), repeat=2)
}
