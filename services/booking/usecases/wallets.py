"""Books come and end; what moved in a wallet is recorded and published. Rules 7, 8 and 15."""

from typing import Literal

from chassis.db import Transaction
from chassis.outbox import publish
from contracts.booking import WalletChanged
from contracts.event import Event
from contracts.ids import BookId
from contracts.prescription import BookCancelled, BookCorrected, BookExpired, BookPrescribed
from contracts.words import Actor, Author
from services.booking import queries
from services.booking.model import Cause, File, Flag, Record, Voucher, Wallet
from services.booking.model.ledger import PRESCRIBER, SYSTEM
from services.booking.policy import BookingPolicy
from services.booking.usecases.files import open_file

LEDGER = Record.metadata.tables["ledger"]


def actor(author: Author | None) -> Actor:
    """Who decided it in prescription is known there."""
    return Actor(kind=author.kind) if author else PRESCRIBER


async def receive_book(tx: Transaction, wallet: Wallet, event: BookPrescribed) -> None:
    """Add five hours; the first book opens the file."""
    cause = Cause("prescription", PRESCRIBER, event.prescribed_at)
    wallet.receive(event.book_id, event.rank, event.voucher_ids, cause)
    publish(tx, wallet_changed(tx, wallet))
    await open_file(tx, wallet.beneficiary_id, event.need)


class BookNotPrescribed(LookupError):
    """Its prescription has not come yet: the event is parked until it is."""


def cancel_book(tx: Transaction, wallet: Wallet, event: BookCancelled) -> None:
    _close(wallet, event.book_id, "void", Cause(event.reason, actor(event.by), tx.now))
    publish(tx, wallet_changed(tx, wallet))


def expire_book(tx: Transaction, wallet: Wallet, event: BookExpired) -> None:
    _close(wallet, event.book_id, "expired", Cause("chéquier périmé", SYSTEM, tx.now))
    publish(tx, wallet_changed(tx, wallet))


def _close(wallet: Wallet, book_id: BookId, state: Literal["void", "expired"], cause: Cause) -> None:
    """What is left ends now; what is held ends when it is given back."""
    vouchers = _of_book(wallet, book_id)
    for voucher in vouchers:
        voucher.ends_as = state
    wallet.move([voucher for voucher in vouchers if voucher.state == "available"], state, cause)


def _of_book(wallet: Wallet, book_id: BookId) -> list[Voucher]:
    if vouchers := wallet.of_book(book_id):
        return vouchers
    raise BookNotPrescribed(book_id)


def correct_voucher(tx: Transaction, wallet: Wallet, event: BookCorrected) -> None:
    """An hour is given back, or a voucher voided: by a person, with a reason (rule 7).

    A voucher that has moved on meanwhile stays as it is; the wallet published again shows prescription what it is now.
    """
    cause = Cause(event.reason, actor(event.by), tx.now)
    vouchers = _of_book(wallet, event.book_id)
    wallet.move([voucher for voucher in vouchers if _corrected(voucher, event)], event.state_after, cause)
    publish(tx, wallet_changed(tx, wallet))


def _corrected(voucher: Voucher, event: BookCorrected) -> bool:
    return voucher.id == event.voucher_id and voucher.state == event.state_before


def record_moves(tx: Transaction, wallet: Wallet) -> None:
    """Put the moves into the ledger: the schema refuses a transaction that forgets to (docs/decisions/0012)."""
    tx.appended[LEDGER] += wallet.moves
    wallet.moves.clear()


def wallet_changed(tx: Transaction, wallet: Wallet) -> WalletChanged:
    """Record what moved and make the wallet's event; once per transaction."""
    record_moves(tx, wallet)
    return wallet.changed()


async def publish_wallet(tx: Transaction, wallet: Wallet, *events: Event) -> None:
    """Publish these and the wallet's change; nothing of someone erased, whose hours are nobody's (rules 26 and 27)."""
    if await is_somebodys(tx, wallet):
        publish(tx, *events, wallet_changed(tx, wallet))
    else:
        record_moves(tx, wallet)


async def is_somebodys(tx: Transaction, wallet: Wallet) -> bool:
    """The file is there until its person is erased."""
    return await tx.get(File, wallet.beneficiary_id) is not None


async def raise_flag(tx: Transaction, wallet: Wallet, policy: BookingPolicy, *, late: bool) -> None:
    """Raise an open flag a person; none of someone erased, whom nobody can call."""
    for event in wallet.flagged(policy.flagged_from, late=late):
        if await is_somebodys(tx, wallet) and await queries.open_flag(tx, event.beneficiary_id) is None:
            tx.add(Flag.raised(event, tx.now))
            publish(tx, event)
