"""Two providers: the traffic moves, comes back little by little, and nothing is lost or doubled. Rule 24."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.clock import move
from chassis.db import Database, Transaction
from contracts.ids import BeneficiaryId, uuid7
from services.notifications import queries
from services.notifications.delivery import Dispatch, ask_about_unclear
from services.notifications.settings import Settings
from services.notifications.usecases import providers, recording
from tests.notifications.conftest import consume, impatient, only, people_booked
from tests.notifications.events import confirmed, scheduled, stated
from tests.notifications.stored import rows
from tests.outside import Outside


async def test_rule_24_what_one_refuses_the_other_takes_at_once(
    database: Database, outside: Outside, both: Settings
) -> None:
    phones = await people_booked(database, 12)
    outside.fault("ovh", "refuse")
    await Dispatch.of(both).drain(database)
    assert [len(outside.messages(phone)) for phone in phones] == [1] * 12
    assert {notice.provider for notice in await rows(database)} == {"brevo"}


async def test_rule_24_errors_move_the_traffic_and_time_brings_it_back(
    database: Database, both: Settings, offset: Any
) -> None:
    await database.transact(lambda tx: providers.watch(tx, both))
    await database.transact(fifty_errors)
    await database.transact(lambda tx: providers.watch(tx, both))
    assert await shares(database) == {"ovh": 0, "brevo": 100}
    await people_booked(database, 10)
    await Dispatch.of(both).drain(database)
    assert {notice.provider for notice in await rows(database)} == {"brevo"}
    seen = []
    for minutes in (4, 6, 7, 8, 9, 10):
        move(offset, datetime.now(UTC) + timedelta(minutes=minutes))
        await database.transact(lambda tx: providers.watch(tx, both))
        seen.append((await shares(database))["ovh"])
        await database.transact(one_arrives)
    assert seen == [0, 20, 40, 60, 80, 100]


async def one_arrives(tx: Transaction) -> None:
    """By OVHcloud, just now."""
    query = text(
        "UPDATE notices SET provider = 'ovh', state = 'delivered', sent_at = :now, settled_at = :now "
        "WHERE channel = 'sms'"
    )
    await tx.execute(query, {"now": tx.now + timedelta(seconds=1)})


async def fifty_errors(tx: Transaction) -> None:
    for _ in range(50):
        recording.note_trouble(tx, "ovh", "503")


async def shares(database: Database) -> dict[str, int]:
    async with database.reading() as reading:
        return {provider.name: provider.share for provider in await queries.providers(reading, ["ovh", "brevo"])}


async def test_rule_24_a_provider_that_accepts_and_never_delivers_is_slow(
    database: Database, both: Settings, offset: Any
) -> None:
    """It lies: no receipt comes. After five minutes that is seen, and the traffic moves."""
    await database.transact(lambda tx: providers.watch(tx, both))
    await people_booked(database, 30)
    await Dispatch.of(both.model_copy(update={"sms": both.sms[:1]})).drain(database)
    await database.transact(lambda tx: providers.watch(tx, both))
    assert (await shares(database))["ovh"] == 100
    move(offset, datetime.now(UTC) + timedelta(minutes=6))
    await database.transact(lambda tx: providers.watch(tx, both))
    assert await shares(database) == {"ovh": 0, "brevo": 100}


async def test_rule_24_a_provider_that_never_answers_is_slow(
    database: Database, outside: Outside, both: Settings, offset: Any
) -> None:
    """It takes connections and says nothing: too few errors a minute, and no message counts as sent."""
    await database.transact(lambda tx: providers.watch(tx, both))
    await people_booked(database, 20)
    outside.fault("ovh", "time_out")
    await impatient(only(both, 0)).drain(database)
    for minutes, expected in ((4, 100), (6, 0)):
        move(offset, datetime.now(UTC) + timedelta(minutes=minutes))
        await database.transact(lambda tx: providers.watch(tx, both))
        assert (await shares(database))["ovh"] == expected


async def test_rule_24_what_nobody_ever_learnt_stays_slow_on_the_call_list(
    database: Database, outside: Outside, both: Settings, offset: Any
) -> None:
    await database.transact(lambda tx: providers.watch(tx, both))
    await people_booked(database, 20)
    ours = only(both, 1)
    outside.fault("brevo", "time_out")
    await impatient(ours).drain(database)
    move(offset, datetime.now(UTC) + timedelta(minutes=12))
    await ask_about_unclear(database, impatient(ours))
    assert {notice.state for notice in await rows(database) if notice.rank == 0} == {"failed"}
    await database.transact(lambda tx: providers.watch(tx, both))
    assert (await shares(database))["brevo"] == 0


async def test_rule_24_while_it_returns_what_does_not_arrive_is_not_forgotten_at_each_step(
    database: Database, both: Settings, offset: Any
) -> None:
    """It accepts and never delivers: given a fifth, it keeps a fifth, and leaves again when that is seen."""
    await database.transact(lambda tx: providers.watch(tx, both))
    await database.transact(fifty_errors)
    await database.transact(lambda tx: providers.watch(tx, both))
    move(offset, datetime.now(UTC) + timedelta(minutes=5, seconds=10))
    await database.transact(lambda tx: providers.watch(tx, both))
    await people_booked(database, 6)
    await Dispatch.of(both.model_copy(update={"sms": both.sms[:1]})).drain(database)
    seen = []
    for minutes in (7, 8, 9, 10, 11):
        move(offset, datetime.now(UTC) + timedelta(minutes=minutes))
        await database.transact(lambda tx: providers.watch(tx, both))
        seen.append((await shares(database))["ovh"])
    assert seen == [20, 20, 20, 20, 0]


@pytest.mark.parametrize(
    ("starts_in", "expected"),
    [
        (timedelta(days=5), [("sms", "failed"), ("call", "by_hand")]),
        (timedelta(hours=20), [("sms", "failed"), (None, "dropped")]),
    ],
)
async def test_rule_24_taken_and_no_receipt_becomes_a_call_or_nothing_when_it_is_too_late(
    database: Database, both: Settings, offset: Any, *, starts_in: timedelta, expected: list[tuple[str | None, str]]
) -> None:
    person = BeneficiaryId(uuid7())
    session = scheduled(datetime.now(UTC) + starts_in)
    await consume(database, stated(person), session, confirmed(person, session))
    await Dispatch.of(both).drain(database)
    for hours, states in ((19, ["sent"]), (25, ["failed", "scheduled"])):
        move(offset, datetime.now(UTC) + timedelta(hours=hours))
        await database.transact(lambda tx: recording.wait_no_longer(tx, both.policy))
        notices = await rows(database)
        assert [notice.state for notice in notices] == states, [notice.reason for notice in notices]
    await Dispatch.of(both).drain(database)
    assert [(notice.channel, notice.state) for notice in await rows(database)] == expected
