"""What moved in a wallet is written in its ledger, and told."""

from chassis.db import Transaction
from contracts.booking import WalletChanged
from services.booking.model import Record, Wallet

LEDGER = Record.metadata.tables["ledger"]


def write(tx: Transaction, wallet: Wallet) -> None:
    """The schema refuses a transaction that forgets to (docs/decisions/0012)."""
    tx.added[LEDGER] += wallet.moves
    wallet.moves.clear()


def told(tx: Transaction, wallet: Wallet) -> WalletChanged:
    """To be said, once per transaction."""
    write(tx, wallet)
    return wallet.changed()
