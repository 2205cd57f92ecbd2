"""Somebody whom the provider knows signs in: with their account, as one of what they may be."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.db import Reading, Transaction
from chassis.refusal import NotAllowed
from chassis.web.principal import Principal
from contracts.ids import AccountId
from contracts.words import Role
from services.prescription import queries
from services.prescription.model import Account, Prescriber
from services.prescription.usecases.accounts import announce


class NoAccount(NotAllowed):
    template = "sign_in_refused.html"

    def __init__(self, sentence: str = "Vous n'avez pas encore de compte sur ce site.") -> None:
        super().__init__(sentence)


class AccountSuspended(NoAccount):
    def __init__(self) -> None:
        super().__init__("Votre compte est suspendu.")


class AccountClosed(NoAccount):
    def __init__(self) -> None:
        super().__init__("Votre compte est fermé.")


class NoFunction(NoAccount):
    def __init__(self) -> None:
        super().__init__("Votre compte n'a plus de fonction sur ce site.")


@dataclass(frozen=True)
class Acting:
    """As what somebody may work: one role, for a prescriber in one centre. `key` names the choice in a form."""

    key: str
    role: Role
    centre: str
    principal: Principal


async def recognise(tx: Transaction, issuer: str, subject: str, email: str) -> Account:
    """Return the account of who was signed in by the provider: by its name for them, the first time by the address.

    `email` is empty unless the provider vouches for it. Raises NoAccount, AccountSuspended, AccountClosed.
    """
    account = await queries.account_by_subject_for_update(tx, issuer, subject)
    if account is None and email:
        account = await queries.account_by_email_for_update(tx, email)
        if account and (account.subject or account.kind == "system"):
            raise NoAccount  # the address passed to somebody else, or the provider has changed its name for them
    if account is None:
        raise AccountClosed if await queries.was_closed(tx, issuer, subject, email) else NoAccount
    if account.state == "suspended":
        raise AccountSuspended
    if account.subject is None:
        account.bind(issuer, subject)
        await announce(tx, account)
    account.seen_at = tx.now
    return account


async def functions_of(reading: Reading, account_id: AccountId) -> Sequence[Acting]:
    """Return as what they may work now. Raises AccountSuspended, NoFunction, NoSuchAccount."""
    account = await queries.account(reading, account_id)
    if account.state != "active":
        raise AccountSuspended
    prescribing = await queries.prescribing_of(reading, account.id) if "prescriber" in account.roles else ()
    found = [*_without_centre(account), *(_prescribing(account, prescriber) for prescriber in prescribing)]
    if not found:
        raise NoFunction
    if len(found) == 1:
        return found
    return [replace(each, principal=each.principal.model_copy(update={"may_change": True})) for each in found]


def _without_centre(account: Account) -> Iterator[Acting]:
    who = Principal(subject=str(account.id), name=account.name, roles=frozenset())
    if "administrator" in account.roles:
        administrator = who.model_copy(update={"roles": frozenset({"administrator"})})
        yield Acting("administrator", "administrator", "", administrator)
    if "mediator" in account.roles and account.mediator_id:
        mediator = {"roles": frozenset({"mediator"}), "mediator_id": account.mediator_id}
        yield Acting("mediator", "mediator", "", who.model_copy(update=mediator))


def _prescribing(account: Account, prescriber: Prescriber) -> Acting:
    principal = Principal(
        subject=str(account.id),
        name=account.name,
        roles=frozenset({"prescriber"}),
        centre_id=prescriber.centre_id,
        prescriber_id=prescriber.id,
    )
    return Acting(str(prescriber.id), "prescriber", prescriber.centre.name, principal)


async def note_seen(tx: Transaction, subject: str) -> None:
    """Note that who has this account is at work; a persona of the demonstration has none."""
    with suppress(ValueError):
        await queries.note_seen(tx, AccountId(UUID(subject)))
