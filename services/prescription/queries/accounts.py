"""Who may sign in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.orm import contains_eager

from chassis.db import Reading, Transaction
from chassis.refusal import NotFound
from contracts.accounts import AccountState
from contracts.ids import AccountId, CentreId, MediatorId
from contracts.words import Role
from services.prescription.model import Account, Centre, Prescriber

A_PAGE = 50
OPEN = Account.state != "closed"
ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:email, 0))")


class NoSuchAccount(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce compte n'existe pas.")


@dataclass(frozen=True)
class Wanted:
    """Which accounts: each part that is empty leaves all. `never`: those who have never signed in."""

    role: Role | None = None
    state: AccountState | None = None
    centre_id: CentreId | None = None
    never: bool = False

    def among(self, query: Select[Any]) -> Select[Any]:
        query = query.where(Account.kind == "person")
        query = query.where(Account.state == self.state) if self.state else query.where(OPEN)
        if self.role:
            query = query.where(Account.roles.contains([self.role]))
        if self.centre_id:
            query = query.where(Account.centre_ids.contains([self.centre_id]))
        return query.where(Account.seen_at.is_(None)) if self.never else query


async def accounts(reading: Reading, wanted: Wanted, page: int) -> tuple[Sequence[Account], int]:
    """Answers a page of agents in the order of their names, and how many there are."""
    query = wanted.among(select(Account))
    count = await reading.scalar(select(func.count()).select_from(query.subquery()))
    rows = await reading.scalars(query.order_by(Account.name, Account.id).limit(A_PAGE).offset((page - 1) * A_PAGE))
    return rows.all(), count or 0


async def account(reading: Reading, account_id: AccountId) -> Account:
    """Raises NoSuchAccount."""
    known = await reading.get(Account, account_id)
    if known is None:
        raise NoSuchAccount
    return known


async def account_for_update(tx: Transaction, account_id: AccountId) -> Account:
    """Raises NoSuchAccount."""
    known = await account_or_none_for_update(tx, account_id)
    if known is None:
        raise NoSuchAccount
    return known


async def account_or_none_for_update(tx: Transaction, account_id: AccountId) -> Account | None:
    return await tx.get(Account, account_id, with_for_update=True)


async def account_by_email_for_update(tx: Transaction, email: str) -> Account | None:
    """Answers the open account that has this address. Whoever else asks for it waits: two would make one each."""
    await tx.execute(ONE_BY_ONE, {"email": email})
    return (await tx.scalars(select(Account).where(OPEN, Account.email == email).with_for_update())).one_or_none()


async def account_by_subject_for_update(tx: Transaction, issuer: str, subject: str) -> Account | None:
    """Answers the open account that the provider calls so."""
    bound = select(Account).where(OPEN, Account.issuer == issuer, Account.subject == subject)
    return (await tx.scalars(bound.with_for_update())).one_or_none()


async def account_of_mediator_for_update(tx: Transaction, mediator_id: MediatorId) -> Account | None:
    query = select(Account).where(OPEN, Account.mediator_id == mediator_id)
    return (await tx.scalars(query.with_for_update())).one_or_none()


async def mediator_was_closed(reading: Reading, mediator_id: MediatorId, email: str) -> bool:
    """Answers whether an administrator has closed the account that this mediator had with this address."""
    same = (Account.state == "closed", Account.mediator_id == mediator_id, Account.email == email)
    return await reading.scalar(select(Account.id).where(*same).limit(1)) is not None


async def was_closed(reading: Reading, issuer: str, subject: str, email: str) -> bool:
    """Answers whether somebody of that name at the provider, or of that address, had an account."""
    same = (Account.issuer == issuer) & (Account.subject == subject) | (Account.email == email)
    return await reading.scalar(select(Account.id).where(Account.state == "closed", same).limit(1)) is not None


async def active_administrators_for_update(tx: Transaction) -> Collection[Account]:
    """Locks them in one order: of two that are stopped at once, the second is judged after the first."""
    active = select(Account).where(
        Account.kind == "person", Account.state == "active", Account.roles.contains(["administrator"])
    )
    found = await tx.scalars(active.order_by(Account.id).with_for_update().execution_options(populate_existing=True))
    return found.all()


async def prescribers_of(reading: Reading, account_id: AccountId) -> Sequence[Prescriber]:
    """Answers as whom they prescribe: one for each centre, also where they no longer do."""
    return (
        await reading.scalars(select(Prescriber).where(Prescriber.account_id == account_id).order_by(Prescriber.id))
    ).all()


async def prescribing_of(reading: Reading, account_id: AccountId) -> Sequence[Prescriber]:
    """Answers as whom they prescribe today: in centres that are open, in the order of their names."""
    theirs = select(Prescriber).join(Prescriber.centre).options(contains_eager(Prescriber.centre))
    open_to_them = theirs.where(Prescriber.account_id == account_id, Prescriber.active, Centre.is_open)
    return (await reading.scalars(open_to_them.order_by(Centre.name))).all()


async def note_seen(tx: Transaction, account_id: AccountId) -> None:
    await tx.execute(update(Account).where(Account.id == account_id).values(seen_at=tx.now))


async def accounts_by_id(reading: Reading, ids: Collection[AccountId]) -> dict[AccountId, Account]:
    rows = await reading.scalars(select(Account).where(Account.id.in_(ids)))
    return {row.id: row for row in rows}


async def forget_accounts(tx: Transaction, before: datetime) -> None:
    """Delete those that were closed before then."""
    await tx.execute(delete(Account).where(Account.closed_at < before))
