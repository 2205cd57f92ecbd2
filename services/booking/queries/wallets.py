"""Wallets, their vouchers and their ledger."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from chassis.db import Reading, Transaction
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId
from services.booking.model import LedgerEntry, Wallet


class NoSuchWallet(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette personne n'a pas de chéquier connu ici. S'il vient d'être prescrit, réessayez bientôt.")


async def wallet(reading: Reading, beneficiary_id: BeneficiaryId) -> Wallet:
    found = (await _wallets(reading, Wallet.beneficiary_id == beneficiary_id)).get(beneficiary_id)
    if found is None:
        raise NoSuchWallet
    return found


async def wallet_locked(tx: Transaction, beneficiary_id: BeneficiaryId) -> Wallet:
    found = (await wallets_locked(tx, {beneficiary_id})).get(beneficiary_id)
    if found is None:
        raise NoSuchWallet
    return found


async def wallets_locked(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Wallet]:
    """In the order of their ids, so that two transactions never wait for each other.

    The vouchers are read after the wallet's lock is held: nobody moves one without it.
    """
    query = select(Wallet).where(Wallet.beneficiary_id.in_(ids)).order_by(Wallet.beneficiary_id)
    query = query.with_for_update().options(selectinload(Wallet.vouchers))
    found = await tx.scalars(query.execution_options(populate_existing=True))
    return {wallet.beneficiary_id: wallet for wallet in found}


async def _wallets(reading: Reading, of: ColumnElement[bool]) -> dict[UUID, Wallet]:
    query = select(Wallet).where(of).options(selectinload(Wallet.vouchers)).execution_options(populate_existing=True)
    return {wallet.beneficiary_id: wallet for wallet in await reading.scalars(query)}


async def open_wallets(tx: Transaction, ids: Collection[UUID]) -> None:
    """Those that are not open yet, whoever else does it at the same time."""
    empty = {"version": 0, "hours_followed": 0, "absences": 0, "late_cancellations": 0}
    if rows := [{"beneficiary_id": id_, **empty} for id_ in sorted(ids)]:
        await tx.execute(insert(Wallet).on_conflict_do_nothing(), rows)


async def ledger(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[LedgerEntry]:
    """Every move, the first one first."""
    query = select(LedgerEntry).where(LedgerEntry.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(LedgerEntry.at, LedgerEntry.voucher_id, LedgerEntry.number))).all()
