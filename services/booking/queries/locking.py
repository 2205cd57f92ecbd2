"""Bookings under the locks of their session and wallets, so that what is read of them stays so."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from uuid import UUID

from chassis.db import Transaction
from contracts.ids import BookingId
from services.booking.model import Booking, Session, Wallet
from services.booking.queries.seats import booking, session_locked, sessions_locked, sessions_of
from services.booking.queries.wallets import wallets_locked


async def booking_locked(tx: Transaction, booking_id: BookingId) -> tuple[Booking, Session, Wallet]:
    """Session, then wallet, then the booking as it is under their locks. Raises NoSuchBooking, AlreadyMarked."""
    session = await session_locked(tx, (await booking(tx, booking_id)).session_id)

    async def read() -> Sequence[Booking]:
        return [await booking(tx, booking_id)]

    (found,), wallets = await with_wallets_locked(tx, read)
    return found, session, wallets[found.person]


async def with_wallets_locked(
    tx: Transaction, read: Callable[[], Awaitable[Sequence[Booking]]]
) -> tuple[Sequence[Booking], dict[UUID, Wallet]]:
    """Read again under the wallets' locks: a merge or an erasure may have given a booking to another meanwhile."""
    wallets: dict[UUID, Wallet] = {}
    while True:
        bookings = await read()
        owners = {one.person for one in bookings}
        if owners <= wallets.keys():
            return bookings, wallets
        wallets = await wallets_locked(tx, owners)


async def histories_for_update(
    tx: Transaction, people: Collection[UUID], others: Collection[UUID] = ()
) -> tuple[dict[UUID, Session], dict[UUID, Wallet]]:
    """Lock where `people` have a seat or wait, then their wallets and those of `others`.

    Who gets a seat before their wallet is locked has a session more: all is let go and locked again, so that sessions
    always come before wallets.
    """
    while True:
        async with tx.begin_nested() as savepoint:
            theirs = await sessions_of(tx, people)
            sessions = await sessions_locked(tx, theirs)
            wallets = await wallets_locked(tx, {*people, *others})
            if await sessions_of(tx, people) <= theirs:
                return sessions, wallets
            await savepoint.rollback()
