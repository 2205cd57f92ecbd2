"""Who may sign in: invited, changed, suspended, closed; and what everybody hears of it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from chassis.clock import Clock
from chassis.commands import parsed
from chassis.db import Database
from chassis.recovery import Lost
from chassis.site import Site
from contracts.agents import AgentStated
from contracts.event import CloudEvent, Event
from contracts.ids import AccountId, CentreId, MediatorId, PrescriberId, uuid7
from contracts.mediators import MediatorForgotten, MediatorStated
from services.prescription import commands, queries, recovery, usecases
from services.prescription.model import (
    Account,
    AccountForm,
    AccountIsClosed,
    EmailTaken,
    LastAdministrator,
    NoRole,
    NotInvited,
    PrescriberForm,
)
from tests.actors import PRESCRIBER
from tests.prescription.conftest import OTHER_PRESCRIBER, consume
from tests.prescription.steps import DIGESTS, change, rows, scalar

CREST, DIE = (CentreId(who.centre_id) for who in (PRESCRIBER, OTHER_PRESCRIBER) if who.centre_id)
NADIA = PrescriberId(PRESCRIBER.prescriber_id or uuid7())
EMAIL = "nadia@exemple.invalid"
MEDIATOR = MediatorId(uuid7())


def form(email: str = EMAIL, *roles: str, name: str = "Démo Nadia", centres: tuple[CentreId, ...] = ()) -> AccountForm:
    asked = {"name": name, "email": email, "roles": roles or ("administrator",), "centre_ids": centres}
    return AccountForm.model_validate(asked)


async def invited(database: Database, *of: Any, **more: Any) -> Account:
    return await database.transact(lambda tx: usecases.invite(tx, form(*of, **more)))


async def active(database: Database, *of: Any, **more: Any) -> Account:
    """As after a first sign-in."""
    account = await invited(database, *of, **more)

    async def bound(tx: Any) -> Account:
        known = await queries.account_for_update(tx, account.id)
        known.bind("https://issuer.invalid", str(account.id))
        await usecases.announce(tx, known)
        return known

    return await database.transact(bound)


async def account(database: Database, account_id: AccountId) -> Account:
    async with database.reading() as reading:
        return await queries.account(reading, account_id)


async def published(database: Database, kind: str) -> list[str]:
    query = "SELECT convert_from(body, 'UTF8') FROM outbox WHERE headers->>'ce_type' = :kind ORDER BY id"
    return [row[0] for row in await rows(database, query, kind=kind)]


async def test_who_is_invited_is_announced_without_a_name_and_stated_to_who_sends_mail(database: Database) -> None:
    made = await invited(database, EMAIL, "prescriber", centres=(CREST,))
    (changed,) = await published(database, "account.changed.v1")
    (stated,) = await published(database, "agent.stated.v1")
    assert (EMAIL in changed, "Nadia" in changed) == (False, False)
    assert AgentStated.model_validate_json(stated) == AgentStated(
        account_id=made.id, version=1, name="Démo Nadia", email=EMAIL, invitations=1
    )
    assert await scalar(database, "SELECT count(*) FROM prescribers WHERE account_id IS NOT NULL AND active") == 1


@pytest.mark.parametrize("again", ["Nadia@Exemple.INVALID", " nadia@exemple.invalid "])
async def test_an_address_has_one_account_however_it_is_written(database: Database, again: str) -> None:
    await invited(database)
    with pytest.raises(EmailTaken):
        await invited(database, again)


async def test_of_two_who_invite_the_same_address_at_once_one_is_refused(database: Database) -> None:
    answers = await asyncio.gather(*(invited(database) for _ in range(6)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Account", *["EmailTaken"] * 5]


async def test_the_schema_holds_one_open_account_an_address(database: Database) -> None:
    made = await invited(database)
    copied = (
        "INSERT INTO accounts (id, version, kind, state, name, email, roles, centre_ids, invitations, valid_from)"
        " SELECT :id, 1, 'person', 'invited', name, email, '{}', '{}', 1, now() FROM accounts"
    )
    with pytest.raises(IntegrityError, match="ix_accounts_email"):
        await change(database, copied, id=uuid7())
    await database.transact(lambda tx: usecases.close_account(tx, made.id))
    await change(database, copied, id=uuid7())


def test_a_prescriber_without_a_centre_and_an_odd_address_are_refused() -> None:
    with pytest.raises(ValidationError, match="au moins un centre"):
        form(EMAIL, "prescriber")
    with pytest.raises(ValidationError, match="un seul @"):
        form("nadia")
    assert form(EMAIL, "administrator", centres=(CREST,)).centre_ids == frozenset()


async def test_the_last_active_administrator_is_not_suspended_closed_or_changed(database: Database) -> None:
    last = await active(database)
    await invited(database, "autre@exemple.invalid")
    plain = form(EMAIL, "prescriber", centres=(CREST,))
    for work in (
        lambda tx: usecases.suspend_account(tx, last.id),
        lambda tx: usecases.close_account(tx, last.id),
        lambda tx: usecases.change_account(tx, last.id, plain),
    ):
        with pytest.raises(LastAdministrator):
            await database.transact(work)
    await active(database, "second@exemple.invalid")
    await database.transact(lambda tx: usecases.suspend_account(tx, last.id))
    assert (await account(database, last.id)).state == "suspended"


async def test_of_two_administrators_who_suspend_each_other_at_once_one_stays(database: Database) -> None:
    both = [await active(database, f"{name}@exemple.invalid") for name in ("a", "b")]
    await asyncio.gather(
        *(database.transact(lambda tx, of=of: usecases.suspend_account(tx, of.id)) for of in both),  # type: ignore[misc]
        return_exceptions=True,
    )
    assert await scalar(database, "SELECT count(*) FROM accounts WHERE state = 'active'") == 1


async def test_changed_rights_void_what_was_signed_before_and_another_name_does_not(database: Database) -> None:
    made = await active(database, EMAIL, "prescriber", centres=(CREST,))
    renamed = form(EMAIL, "prescriber", name="Démo Nadia M.", centres=(CREST,))
    await database.transact(lambda tx: usecases.change_account(tx, made.id, renamed))
    assert (await account(database, made.id)).valid_from == made.valid_from
    await database.transact(
        lambda tx: usecases.change_account(tx, made.id, form(EMAIL, "prescriber", centres=(CREST, DIE)))
    )
    changed = await account(database, made.id)
    assert (changed.valid_from > made.valid_from, changed.prescriber_id) == (True, None)
    assert await scalar(database, "SELECT count(*) FROM prescribers WHERE account_id IS NOT NULL AND active") == 2
    await database.transact(lambda tx: usecases.change_account(tx, made.id, form(EMAIL, "prescriber", centres=(DIE,))))
    assert [tuple(row) for row in await rows(database, ACTIVE)] == [(DIE,)]


ACTIVE = "SELECT centre_id FROM prescribers WHERE account_id IS NOT NULL AND active"


async def test_suspended_and_resumed_is_as_before_but_what_was_signed_stays_void(database: Database) -> None:
    await active(database, "autre@exemple.invalid")
    made = await active(database)
    await database.transact(lambda tx: usecases.suspend_account(tx, made.id))
    suspended = await account(database, made.id)
    await database.transact(lambda tx: usecases.resume_account(tx, made.id))
    resumed = await account(database, made.id)
    assert (resumed.state, resumed.valid_from) == ("active", suspended.valid_from)
    assert suspended.valid_from > made.valid_from
    with pytest.raises(NotInvited):
        await database.transact(lambda tx: usecases.invite_again(tx, made.id))


async def test_closed_is_for_good_forgotten_by_kafka_and_in_time_by_us(database: Database) -> None:
    made = await invited(database, EMAIL, "prescriber", centres=(CREST,))
    for _ in range(2):
        await database.transact(lambda tx: usecases.close_account(tx, made.id))
    assert await scalar(database, "SELECT count(*) FROM outbox WHERE body IS NULL") == 1
    assert await rows(database, ACTIVE) == []
    with pytest.raises(AccountIsClosed):
        await database.transact(lambda tx: usecases.change_account(tx, made.id, form()))
    await database.transact(lambda tx: usecases.forget_accounts(tx, timedelta(days=1)))
    assert await scalar(database, "SELECT count(*) FROM accounts") == 1
    await change(database, "UPDATE accounts SET closed_at = closed_at - interval '2 days'")
    await database.transact(lambda tx: usecases.forget_accounts(tx, timedelta(days=1)))
    assert await scalar(database, "SELECT count(*) FROM accounts") == 0
    assert await scalar(database, "SELECT count(*) FROM prescribers WHERE account_id IS NOT NULL") == 0


async def test_a_prescriber_named_with_an_address_gets_an_account_that_follows_them(database: Database) -> None:
    async def named(**more: object) -> None:
        asked = PrescriberForm.model_validate({"centre_id": CREST, "name": "Démo Nadia", "email": EMAIL} | more)
        await database.transact(lambda tx: usecases.upsert_prescriber(tx, NADIA, asked))

    await named()
    (made,) = await rows(database, "SELECT id, roles, centre_ids, prescriber_id FROM accounts")
    assert tuple(made)[1:] == (["prescriber"], [CREST], NADIA)
    await named(centre_id=DIE)
    await named()
    assert await scalar(database, "SELECT centre_ids FROM accounts") == [CREST]
    await named(active=False, email=None)
    assert await scalar(database, "SELECT roles FROM accounts") == []
    await named(email=None)
    await database.transact(lambda tx: usecases.close_account(tx, AccountId(UUID(str(made[0])))))
    await named()
    assert await scalar(database, "SELECT count(*) FROM accounts WHERE state = 'invited'") == 1


async def test_two_prescribers_of_one_address_are_one_account_of_two_centres(database: Database) -> None:
    for prescriber_id, centre_id in ((NADIA, CREST), (PrescriberId(uuid7()), DIE)):
        asked = PrescriberForm(centre_id=centre_id, name="Démo Nadia", email=EMAIL)
        await database.transact(lambda tx, who=prescriber_id, of=asked: usecases.upsert_prescriber(tx, who, of))  # type: ignore[misc]
    assert await rows(database, "SELECT centre_ids, prescriber_id FROM accounts") == [(sorted([CREST, DIE]), None)]


async def test_a_mediator_s_address_is_their_account_until_they_leave(site: Site, database: Database) -> None:
    await invited(database, EMAIL)
    stated = MediatorStated(mediator_id=MEDIATOR, version=1, name="Démo Karim", phone=None, email=EMAIL)
    for _ in range(2):
        await consume(site, stated)
    assert await rows(database, "SELECT name, roles, mediator_id, version FROM accounts") == [
        ("Démo Nadia", ["administrator", "mediator"], MEDIATOR, 2)
    ]
    await consume(site, stated.model_copy(update={"mediator_id": MediatorId(uuid7())}))
    assert await scalar(database, "SELECT count(*) FROM accounts") == 1
    await consume(site, MediatorForgotten(mediator_id=MEDIATOR))
    assert await rows(database, "SELECT roles, mediator_id FROM accounts") == [(["administrator"], None)]


async def test_a_mediator_is_invited_once_and_not_again_after_their_account_was_closed(
    site: Site, database: Database
) -> None:
    stated = MediatorStated(mediator_id=MEDIATOR, version=1, name="Démo Karim", phone=None, email=EMAIL)
    await consume(site, stated, stated.model_copy(update={"email": None}))
    ((account_id, roles, invitations),) = await rows(database, "SELECT id, roles, invitations FROM accounts")
    assert (roles, invitations) == (["mediator"], 1)
    await database.transact(lambda tx: usecases.close_account(tx, account_id))
    await consume(site, stated)
    assert await rows(database, "SELECT state FROM accounts") == [("closed",)]


async def test_no_account_is_without_a_role(database: Database) -> None:
    empty = AccountForm(name="Démo Nadia", email=EMAIL)
    with pytest.raises(NoRole):
        await database.transact(lambda tx: usecases.invite(tx, empty))


async def test_the_first_administrator_is_made_by_a_command_and_stands_in_the_journal(site: Site) -> None:
    database = site.runtime.database
    for _ in range(2):
        await commands.account(site.runtime, ["add", "Chef@Exemple.invalid", "--name", "Démo Chef"])
    assert await rows(database, "SELECT email, roles, state, version FROM accounts") == [
        ("chef@exemple.invalid", ["administrator"], "invited", 1)
    ]
    assert (
        await rows(database, "SELECT agent, subject_id FROM journal WHERE act = 'account_invited'")
        == [("commande account", str(await scalar(database, "SELECT id FROM accounts")))] * 2
    )
    with pytest.raises(ValueError, match="un seul @"):
        await commands.account(site.runtime, ["add", "chef", "--name", "Démo Chef"])


def test_options_of_a_service_s_own_command_are_left_to_it_and_others_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.argv", ["service", "account", "add", "chef@exemple.invalid", "--name", "Démo Chef"])
    read = parsed(["account", "parked"], ["account"], {})
    assert read.arguments == ["add", "chef@exemple.invalid", "--name", "Démo Chef"]
    monkeypatch.setattr("sys.argv", ["service", "parked", "--nmae", "x"])
    with pytest.raises(SystemExit):
        parsed(["account", "parked"], ["account"], {})


async def test_accounts_of_a_database_that_was_put_back_come_from_what_was_published(database: Database) -> None:
    made = await active(database, EMAIL, "administrator", "prescriber", centres=(CREST,))
    closed = await invited(database, "autre@exemple.invalid")
    await database.transact(lambda tx: usecases.close_account(tx, closed.id))
    before = await rows(database, SHAPE)
    events = [event for account_id in (made.id, closed.id) for event in await last_published(database, account_id)]
    await change(database, "DELETE FROM prescribers WHERE account_id IS NOT NULL")
    await change(database, "DELETE FROM accounts")
    lost = Lost([CloudEvent(id=uuid7(), time=Clock().now(), event=event) for event in events], (), frozenset())
    for _ in range(2):
        await database.transact(lambda tx: recovery.recover(tx, lost, digests=DIGESTS))
    restored = await rows(database, SHAPE)
    assert [tuple(row) for row in restored if row[1] == "active"] == [tuple(r) for r in before if r[1] == "active"]
    assert [tuple(row)[:4] for row in restored] == [tuple(row)[:4] for row in before]
    async with database.reading() as reading:
        (prescriber,) = await queries.prescribers_of(reading, made.id)
    assert (prescriber.id, prescriber.name, prescriber.active) == (made.prescriber_id, "Démo Nadia", True)


SHAPE = """SELECT id, state, version, roles, name, email, centre_ids, prescriber_id, invitations, valid_from
    FROM accounts ORDER BY id"""


async def last_published(database: Database, account_id: AccountId) -> list[Event]:
    known = await account(database, account_id)
    stated = known.stated()
    return [known.changed(), *([stated] if isinstance(stated, AgentStated) else [])]
