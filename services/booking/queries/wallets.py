"""Wallets, their vouchers and their ledger."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from chassis.db import Reading, Transaction
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId
from services.booking.model import (
    LedgerEntry,
    Wallet,
)


class NoSuchWallet(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette personne n'a pas de chéquier connu ici. S'il vient d'être prescrit, réessayez bientôt.")


async def wallet(reading: Reading, beneficiary_id: BeneficiaryId) -> Wallet:
    return await _wallet(reading, Wallet.beneficiary_id == beneficiary_id)


async def wallet_locked(tx: Transaction, beneficiary_id: BeneficiaryId) -> Wallet:
    query = select(Wallet.beneficiary_id).where(Wallet.beneficiary_id == beneficiary_id).with_for_update()
    await tx.execute(query)
    return await _wallet(tx, Wallet.beneficiary_id == beneficiary_id)


async def _wallet(reading: Reading, of: ColumnElement[bool]) -> Wallet:
    query = select(Wallet).where(of).options(selectinload(Wallet.vouchers)).execution_options(populate_existing=True)
    found = (await reading.scalars(query)).one_or_none()
    if found is None:
        raise NoSuchWallet
    return found


async def wallets_locked(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Wallet]:
    """In the order of their ids, so that two batches never wait for each other."""
    locks = select(Wallet.beneficiary_id).where(Wallet.beneficiary_id.in_(ids)).order_by(Wallet.beneficiary_id)
    await tx.execute(locks.with_for_update())
    query = select(Wallet).where(Wallet.beneficiary_id.in_(ids)).options(selectinload(Wallet.vouchers))
    found = await tx.scalars(query.execution_options(populate_existing=True))
    return {wallet.beneficiary_id: wallet for wallet in found}


async def open_wallets(tx: Transaction, ids: Collection[UUID]) -> None:
    """Those that are not open yet, whoever else does it at the same time."""
    empty = {"version": 0, "hours_followed": 0, "absences": 0, "late_cancellations": 0}
    if rows := [{"beneficiary_id": id_, **empty} for id_ in sorted(ids)]:
        await tx.execute(insert(Wallet).on_conflict_do_nothing(), rows)


async def ledger(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[LedgerEntry]:
    query = select(LedgerEntry).where(LedgerEntry.beneficiary_id == beneficiary_id).order_by(LedgerEntry.id)
    return (await reading.scalars(query)).all()
