"""Whoever is named a prescriber, or a mediator in the catalogue, may sign in with the address that was given."""

from chassis.db import Transaction
from contracts.ids import MediatorId
from contracts.mediators import MediatorStated
from contracts.words import Role
from services.prescription import queries
from services.prescription.model import Account, EmailTaken, Prescriber
from services.prescription.usecases.accounts import announce


async def give_account(tx: Transaction, prescriber: Prescriber, email: str | None) -> None:
    """Make or link the account of a prescriber as they are now; without an address and an account there is none.

    Raises EmailTaken.
    """
    account = await _account_of(tx, prescriber, email)
    if account is None:
        return
    prescriber.account_id = account.id
    await tx.flush()
    active = [each for each in await queries.prescribers_of(tx, account.id) if each.active]
    roles: set[Role] = {*account.roles} - {"prescriber"} | ({"prescriber"} if active else set())
    called = account.called(prescriber.name, email or account.email)
    account.prescriber_id = active[0].id if len(active) == 1 else None
    centres = {each.centre_id for each in active}
    if account.granted(roles, centres, account.mediator_id, now=tx.now) or called or not account.version:
        await announce(tx, account)


async def _account_of(tx: Transaction, prescriber: Prescriber, email: str | None) -> Account | None:
    """Answers the open one they have; else that of the address, or a new one."""
    same = await queries.account_by_email_for_update(tx, email) if email else None
    known = prescriber.account_id and await queries.account_or_none_for_update(tx, prescriber.account_id)
    if known and known.state != "closed":
        if same and same is not known:
            raise EmailTaken
        return known
    if email is None or same:
        return same
    return _invited(tx, email, prescriber.name)


def _invited(tx: Transaction, email: str, name: str) -> Account:
    account = Account.invited(email, name, now=tx.now)
    tx.add(account)
    return account


async def name_mediator(tx: Transaction, event: MediatorStated) -> None:
    """Give the mediator the account of their address, or a new one; not again once it was closed.

    An address that another mediator has gives nothing: one person is one mediator.
    """
    if event.email is None or await queries.mediator_was_closed(tx, event.mediator_id, event.email):
        return
    account = await queries.account_of_mediator_for_update(tx, event.mediator_id)
    same = await queries.account_by_email_for_update(tx, event.email)
    if account is None:
        account = same or _invited(tx, event.email, event.name)
        if account.mediator_id:
            return
        account.granted({*account.roles, "mediator"}, account.centre_ids, event.mediator_id, now=tx.now)
        await announce(tx, account)
    elif account.state == "invited" and same is None:
        account.called(event.name, event.email)
        account.invite_again(now=tx.now)
        await announce(tx, account)


async def forget_mediator(tx: Transaction, mediator_id: MediatorId) -> None:
    """They no longer sign in as a mediator."""
    account = await queries.account_of_mediator_for_update(tx, mediator_id)
    if account:
        account.granted({*account.roles} - {"mediator"}, account.centre_ids, None, now=tx.now)
        await announce(tx, account)
