"""What moved in a wallet is written in its ledger, and told."""

from chassis.db import Transaction
from chassis.outbox import publish
from contracts.booking import WalletChanged
from contracts.event import Event
from services.booking.model import File, Record, Wallet

LEDGER = Record.metadata.tables["ledger"]


def write(tx: Transaction, wallet: Wallet) -> None:
    """The schema refuses a transaction that forgets to (docs/decisions/0012)."""
    tx.added[LEDGER] += wallet.moves
    wallet.moves.clear()


def told(tx: Transaction, wallet: Wallet) -> WalletChanged:
    """To be said, once per transaction."""
    write(tx, wallet)
    return wallet.changed()


async def tell(tx: Transaction, wallet: Wallet, *said: Event) -> None:
    """What happened and the wallet's change; nothing of someone erased, whose hours are nobody's (rules 26 and 27)."""
    if await is_somebodys(tx, wallet):
        publish(tx, *said, told(tx, wallet))
    else:
        write(tx, wallet)


async def is_somebodys(tx: Transaction, wallet: Wallet) -> bool:
    """The file is there until its person is erased."""
    return await tx.get(File, wallet.beneficiary_id) is not None
