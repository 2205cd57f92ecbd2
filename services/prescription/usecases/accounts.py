"""Agents are invited, changed, suspended, closed: what each may do, and who is told of it.

Who prescribes is a prescriber of each of their centres; whoever changes one changes the other.
"""

from collections.abc import Collection
from datetime import timedelta

from chassis.db import Transaction
from chassis.outbox import publish
from chassis.sign_ins import publish_and_apply
from contracts.ids import AccountId, CentreId, PrescriberId, uuid7
from contracts.words import Role
from services.prescription import queries
from services.prescription.model import (
    Account,
    AccountForm,
    EmailTaken,
    NoRole,
    Prescriber,
    check_administrators,
)


async def invite(tx: Transaction, form: AccountForm) -> Account:
    """Make an account, whose owner gets a mail. Raises EmailTaken, NoRole, NoSuchCentre."""
    if await queries.account_by_email_for_update(tx, form.email):
        raise EmailTaken
    account = Account.invited(form.email, form.name, now=tx.now)
    tx.add(account)
    await _grant(tx, account, form)
    await announce(tx, account)
    return account


async def change_account(tx: Transaction, account_id: AccountId, form: AccountForm) -> Account:
    """Raises LastAdministrator, EmailTaken, NoRole, AccountIsClosed, NoSuchAccount, NoSuchCentre."""
    active = await queries.active_administrators_for_update(tx)
    account = await queries.account_for_update(tx, account_id)
    account.check_open()
    same = await queries.account_by_email_for_update(tx, form.email)
    if same and same is not account:
        raise EmailTaken
    called = account.called(form.name, form.email)
    if await _grant(tx, account, form) or called:
        check_administrators(account, active)
        await announce(tx, account)
    return account


async def suspend_account(tx: Transaction, account_id: AccountId) -> Account:
    """Raises LastAdministrator, AccountIsClosed, NoSuchAccount."""
    active = await queries.active_administrators_for_update(tx)
    account = await queries.account_for_update(tx, account_id)
    if account.suspend(now=tx.now):
        check_administrators(account, active)
        await announce(tx, account)
    return account


async def resume_account(tx: Transaction, account_id: AccountId) -> Account:
    """Raises NoSuchAccount."""
    account = await queries.account_for_update(tx, account_id)
    if account.resume():
        await announce(tx, account)
    return account


async def close_account(tx: Transaction, account_id: AccountId) -> Account:
    """End it for good: nobody signs in with it, nobody prescribes with it. Raises LastAdministrator, NoSuchAccount."""
    active = await queries.active_administrators_for_update(tx)
    account = await queries.account_for_update(tx, account_id)
    if account.close(now=tx.now):
        check_administrators(account, active)
        for prescriber in await queries.prescribers_of(tx, account.id):
            prescriber.active = False
        await announce(tx, account)
    return account


async def invite_again(tx: Transaction, account_id: AccountId) -> Account:
    """Send another mail. Raises NotInvited, NoSuchAccount."""
    account = await queries.account_for_update(tx, account_id)
    account.invite_again(now=tx.now)
    await announce(tx, account)
    return account


async def add_administrator(tx: Transaction, email: str, name: str) -> Account:
    """Make the first administrator, or give that right to who has this address. An act of whoever is at the machine."""
    account = await queries.account_by_email_for_update(tx, email)
    if account is None:
        return await invite(tx, AccountForm(name=name, email=email, roles=frozenset({"administrator"})))
    roles: set[Role] = {*account.roles, "administrator"}
    granted = account.granted(roles, account.centre_ids, account.mediator_id, now=tx.now)
    if account.resume() or granted:
        await announce(tx, account)
    return account


async def forget_accounts(tx: Transaction, after: timedelta) -> None:
    """Forget the names and addresses of those whose account has been closed for that long, as a timed job."""
    await queries.forget_accounts(tx, tx.now - after)


async def announce(tx: Transaction, account: Account) -> None:
    """Publish the account as it is now, under a higher version."""
    account.version += 1
    await publish_and_apply(tx, account.changed())
    publish(tx, *filter(None, [account.stated()]))


async def _grant(tx: Transaction, account: Account, form: AccountForm) -> bool:
    """Give the rights of the form; a mediator stays one. Answers whether they were others."""
    roles: set[Role] = {*form.roles} | ({"mediator"} if account.mediator_id else set())
    if not roles:
        raise NoRole
    for centre_id in form.centre_ids:
        await queries.centre(tx, centre_id)
    await settle_prescribers(tx, account, form.centre_ids)
    return account.granted(roles, form.centre_ids, account.mediator_id, now=tx.now)


async def settle_prescribers(tx: Transaction, account: Account, centres: Collection[CentreId]) -> None:
    """They prescribe in these centres, and in no other."""
    known = {prescriber.centre_id: prescriber for prescriber in await queries.prescribers_of(tx, account.id)}
    for prescriber in known.values():
        prescriber.active, prescriber.name = prescriber.centre_id in centres, account.name
    for centre_id in {*centres} - {*known}:
        known[centre_id] = Prescriber(id=PrescriberId(uuid7()), centre_id=centre_id, name=account.name, active=True)
        known[centre_id].account_id = account.id
        tx.add(known[centre_id])
    active = [prescriber.id for prescriber in known.values() if prescriber.active]
    account.prescriber_id = active[0] if len(active) == 1 else None
