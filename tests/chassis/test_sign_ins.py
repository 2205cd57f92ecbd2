"""What each service remembers of accounts and sign-ins, and that its instances see it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from chassis.db import Database
from chassis.sign_ins import Revocations, apply, ended_sign_ins, forget
from contracts.accounts import AccountChanged, SignInEnded
from contracts.ids import AccountId, SignInId, uuid7


def changed(account: AccountId, database: Database, version: int = 1, **fields: object) -> AccountChanged:
    state = {
        "account_id": account,
        "version": version,
        "kind": "person",
        "state": "suspended",
        "roles": ("mediator",),
        "centre_ids": (),
        "mediator_id": None,
        "prescriber_id": None,
        "valid_from": database.clock.now(),
    }
    return AccountChanged.model_validate({**state, **fields})


@pytest.fixture
def account() -> AccountId:
    return AccountId(uuid7())


async def test_a_change_is_seen_and_an_older_one_changes_nothing(database: Database, account: AccountId) -> None:
    newer = changed(account, database, 3)
    older = changed(account, database, 2, valid_from=database.clock.now() - timedelta(hours=1))
    await database.transact(lambda tx: apply(tx, [newer, older]))
    revocations = Revocations(database)
    assert await revocations.look() == ""
    assert revocations.valid_from[str(account)] == newer.valid_from


async def test_what_is_older_than_any_sign_in_is_not_looked_at_but_of_software(
    database: Database, account: AccountId
) -> None:
    long_ago, system = database.clock.now() - timedelta(days=30), AccountId(uuid7())
    of_both = [
        changed(account, database, valid_from=long_ago),
        changed(system, database, kind="system", valid_from=long_ago),
    ]
    await database.transact(lambda tx: apply(tx, of_both))
    revocations = Revocations(database)
    await revocations.look()
    assert (str(account) in revocations.valid_from, str(system) in revocations.valid_from) == (False, True)


async def test_an_end_is_seen_and_forgotten_when_it_would_have_come_by_itself(database: Database) -> None:
    now = database.clock.now()
    ended, over = SignInId(uuid7()), SignInId(uuid7())
    news = [
        SignInEnded(sign_in_id=ended, ends_at=now + timedelta(hours=1)),
        SignInEnded(sign_in_id=over, ends_at=now - timedelta(hours=1)),
    ]
    for _ in range(2):
        await database.transact(lambda tx: apply(tx, news))
    revocations = Revocations(database)
    await revocations.look()
    assert (ended in revocations.ended, over in revocations.ended) == (True, False)
    await database.transact(forget)
    async with database.reading() as reading:
        mine = ended_sign_ins.c.sign_in_id.in_((ended, over))
        assert await reading.scalar(select(func.count()).select_from(ended_sign_ins).where(mine)) == 1


async def test_without_the_database_what_was_known_stays_known(database: Database) -> None:
    ended = SignInId(uuid7())
    soon = database.clock.now() + timedelta(hours=1)
    await database.transact(lambda tx: apply(tx, [SignInEnded(sign_in_id=ended, ends_at=soon)]))
    revocations = Revocations(database)
    await revocations.look()
    revocations.database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", clock=database.clock)
    assert await revocations.look() == "la base ne répond pas"
    assert ended in revocations.ended
