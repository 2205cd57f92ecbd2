"""Accounts as they were published. How the provider calls somebody was not: they are bound anew when they sign in."""

from chassis.db import Transaction
from contracts.accounts import AccountChanged
from contracts.agents import AgentStated
from services.prescription import queries, usecases
from services.prescription.model import Account, Prescriber
from services.prescription.recovery.beneficiaries import UNKNOWN


async def take_up(tx: Transaction, event: AccountChanged | AgentStated) -> None:
    """Take up what is newer than the database knows."""
    account = await queries.account_or_none_for_update(tx, event.account_id)
    match event:
        case AccountChanged():
            if account is None or account.version < event.version:
                await _take_up_rights(tx, account or _unknown(tx, event), event)
        case AgentStated():
            if account and account.state != "closed":
                await _take_up_name(tx, account, event)


def _unknown(tx: Transaction, event: AccountChanged) -> Account:
    account = Account.invited("", UNKNOWN, now=event.valid_from)
    account.id, account.kind, account.email = event.account_id, event.kind, None
    tx.add(account)
    return account


async def _take_up_rights(tx: Transaction, account: Account, event: AccountChanged) -> None:
    account.version, account.state, account.valid_from = event.version, event.state, event.valid_from
    account.roles, account.centre_ids, account.mediator_id = [*event.roles], [*event.centre_ids], event.mediator_id
    account.closed_at = event.valid_from if event.state == "closed" else None
    await tx.flush()
    if event.prescriber_id and await queries.prescriber_or_none(tx, event.prescriber_id) is None:
        where = {"centre_id": event.centre_ids[0], "account_id": account.id}
        tx.add(Prescriber(id=event.prescriber_id, name=account.name, active=True, **where))
    await usecases.settle_prescribers(tx, account, event.centre_ids if event.state != "closed" else ())


async def _take_up_name(tx: Transaction, account: Account, event: AgentStated) -> None:
    """An address that somebody was given since the restore stays theirs."""
    same = await queries.account_by_email_for_update(tx, event.email)
    account.called(event.name, event.email if same in {None, account} else account.email)
    account.invitations = max(account.invitations, event.invitations)
    for prescriber in await queries.prescribers_of(tx, account.id):
        prescriber.name = event.name
