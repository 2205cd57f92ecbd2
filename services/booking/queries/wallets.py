"""Wallets, their vouchers and their ledger."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm.attributes import set_committed_value

from chassis.db import Reading, Transaction, any_of
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId
from services.booking.model import LedgerEntry, Voucher, Wallet


class NoSuchWallet(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette personne n'a pas de chéquier connu ici. S'il vient d'être prescrit, réessayez bientôt.")


async def wallet(reading: Reading, beneficiary_id: BeneficiaryId) -> Wallet:
    wallet = (await _wallets(reading, Wallet.beneficiary_id == beneficiary_id)).get(beneficiary_id)
    if wallet is None:
        raise NoSuchWallet
    return wallet


async def wallet_for_update(tx: Transaction, beneficiary_id: BeneficiaryId) -> Wallet:
    wallet = (await wallets_for_update(tx, {beneficiary_id})).get(beneficiary_id)
    if wallet is None:
        raise NoSuchWallet
    return wallet


async def wallets_for_update(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Wallet]:
    """Lock them in the order of their ids, so that two transactions never wait for each other.

    The vouchers are read after the wallet's lock is held: nobody moves one without it.
    """
    query = select(Wallet).where(any_of(Wallet.beneficiary_id, ids)).order_by(Wallet.beneficiary_id)
    return await _with_vouchers(tx, query.with_for_update())


async def _wallets(reading: Reading, of: ColumnElement[bool]) -> dict[UUID, Wallet]:
    return await _with_vouchers(reading, select(Wallet).where(of))


async def _with_vouchers(reading: Reading, query: Select[Wallet]) -> dict[UUID, Wallet]:
    """As they are now, whatever was read before."""
    wallets = await reading.scalars(query.execution_options(populate_existing=True))
    by_person: dict[UUID, Wallet] = {wallet.beneficiary_id: wallet for wallet in wallets}
    theirs = select(Voucher).where(any_of(Voucher.beneficiary_id, by_person)).order_by(Voucher.rank, Voucher.position)
    vouchers: defaultdict[UUID, list[Voucher]] = defaultdict(list)
    for voucher in await reading.scalars(theirs.execution_options(populate_existing=True)):
        vouchers[voucher.beneficiary_id].append(voucher)
    for person, wallet in by_person.items():
        set_committed_value(wallet, "vouchers", vouchers[person])
    return by_person


async def open_wallets(tx: Transaction, ids: Collection[UUID]) -> None:
    """Open those that are not open yet, whoever else does it at the same time."""
    empty = {"version": 0, "hours_followed": 0, "absences": 0, "late_cancellations": 0}
    if rows := [{"beneficiary_id": id_, **empty} for id_ in sorted(ids)]:
        await tx.execute(insert(Wallet).on_conflict_do_nothing(), rows)


async def ledger(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[LedgerEntry]:
    """List every move, the first at the beginning."""
    query = select(LedgerEntry).where(LedgerEntry.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(LedgerEntry.at, LedgerEntry.voucher_id, LedgerEntry.number))).all()


async def vouchers_of_books(tx: Transaction, books: Collection[UUID]) -> dict[UUID, list[Voucher]]:
    """Map each book to its vouchers in their order, whoever they belong to by now."""
    vouchers: defaultdict[UUID, list[Voucher]] = defaultdict(list)
    query = select(Voucher).where(any_of(Voucher.book_id, books)).order_by(Voucher.position)
    for voucher in await tx.scalars(query):
        vouchers[voucher.book_id].append(voucher)
    return vouchers
