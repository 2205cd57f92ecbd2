"""Two providers: the traffic moves, comes back little by little, and nothing is lost or doubled. Rule 24."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications import queries
from services.notifications.delivery import Dispatch, ask_about_unclear
from services.notifications.delivery.pace import AT_ONCE, Pace
from services.notifications.model import Health, Provider, chosen
from services.notifications.settings import Settings
from services.notifications.usecases import composing, sending, watching
from tests.notifications.conftest import (
    confirmed,
    heard,
    impatient,
    move,
    people_booked,
    rows,
    scheduled,
    stated,
    with_sms,
)
from tests.outside import Outside

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def provider(share: int = 100, changed: datetime = NOW - timedelta(hours=1), name: str = "one") -> Provider:
    since = {"changed_at": changed, "judged_since": changed}
    return Provider(name=name, share=share, **since, reason=None, spent_on=NOW.date(), spent=0, extra=0)


@pytest.mark.parametrize(
    ("health", "moves"),
    [
        (Health(errors=49), False),
        (Health(errors=50), True),
        (Health(sent=100, slow=14), False),
        (Health(sent=100, slow=15), True),
        (Health(sent=19, slow=19), False),  # too few to speak of a part
        (Health(sent=40, slow=5, arrived=35), False),
    ],
)
def test_rule_24_fifty_errors_or_fifteen_per_cent_slow_move_the_traffic(health: Health, *, moves: bool) -> None:
    ours = provider()
    assert bool(ours.judge(health, NOW, others=100)) is moves
    assert ours.share == (0 if moves else 100)


def test_rule_24_with_nobody_to_take_over_a_bad_provider_is_better_than_none() -> None:
    ours = provider()
    ours.judge(Health(errors=500), NOW, others=0)
    assert ours.share == 100


def test_rule_24_it_returns_gradually_and_leaves_again_at_once() -> None:
    ours, now, shares = provider(0, NOW), NOW, []
    while ours.share < 100:
        now += timedelta(seconds=30)
        ours.judge(Health(sent=1, arrived=1), now, others=100)
        shares.append(ours.share)
    assert shares[:9] == [0] * 9  # five minutes of rest
    assert sorted({*shares}) == [0, 20, 40, 60, 80, 100]
    assert now - NOW == timedelta(minutes=9)
    for bad in (Health(errors=5), Health(sent=5, slow=1)):
        back = provider(20)
        back.judge(bad, NOW, others=100)
        assert (back.share, back.judged_since) == (0, NOW)


def test_rule_24_it_gains_nothing_by_time_alone_when_nothing_arrives() -> None:
    ours, now = provider(0, NOW), NOW
    for _ in range(60):
        now += timedelta(minutes=1)
        ours.judge(Health(sent=4), now, others=100)
    assert ours.share == 20
    ours.judge(Health(sent=4, arrived=1), now, others=100)
    assert ours.share == 40
    assert ours.judged_since == NOW


def test_traffic_follows_the_shares_and_the_room() -> None:
    one, two = provider(75, name="one"), provider(25, name="two")
    free = {"one": 1, "two": 1}
    picked = [chosen([one, two], free, dice / 100) for dice in range(100)]
    assert sum(who is one for who in picked) == 75
    assert chosen([one, two], {"two": 1}, 0.0) is two
    assert chosen([provider(0)], {"one": 1}, 0.5) is not None
    assert chosen([one], {}, 0.5) is None


async def test_rule_24_what_one_refuses_the_other_takes_at_once(
    database: Database, outside: Outside, both: Settings
) -> None:
    phones = await people_booked(database, 12)
    outside.fault("ovh", "refuse")
    await Dispatch.of(both).drain(database)
    assert [len(outside.messages(phone)) for phone in phones] == [1] * 12
    assert {one.provider for one in await rows(database)} == {"brevo"}


async def test_rule_24_errors_move_the_traffic_and_time_brings_it_back(
    database: Database, both: Settings, offset: Any
) -> None:
    await database.transact(lambda tx: watching.watch(tx, both))
    await database.transact(fifty_errors)
    await database.transact(lambda tx: watching.watch(tx, both))
    assert await shares(database) == {"ovh": 0, "brevo": 100}
    await people_booked(database, 10)
    await Dispatch.of(both).drain(database)
    assert {one.provider for one in await rows(database)} == {"brevo"}
    seen = []
    for minutes in (4, 6, 7, 8, 9, 10):
        move(offset, datetime.now(UTC) + timedelta(minutes=minutes))
        await database.transact(lambda tx: watching.watch(tx, both))
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
        sending.note_trouble(tx, "ovh", "503")


async def shares(database: Database) -> dict[str, int]:
    async with database.reading() as reading:
        return {one.name: one.share for one in await queries.providers(reading, ["ovh", "brevo"])}


async def test_rule_24_a_provider_that_accepts_and_never_delivers_is_slow(
    database: Database, both: Settings, offset: Any
) -> None:
    """It lies: no receipt comes. After five minutes that is seen, and the traffic moves."""
    await database.transact(lambda tx: watching.watch(tx, both))
    await people_booked(database, 30)
    await Dispatch.of(both.model_copy(update={"sms": both.sms[:1]})).drain(database)
    await database.transact(lambda tx: watching.watch(tx, both))
    assert (await shares(database))["ovh"] == 100
    move(offset, datetime.now(UTC) + timedelta(minutes=6))
    await database.transact(lambda tx: watching.watch(tx, both))
    assert await shares(database) == {"ovh": 0, "brevo": 100}


async def test_rule_24_a_provider_that_never_answers_is_slow(
    database: Database, outside: Outside, both: Settings, offset: Any
) -> None:
    """It takes connections and says nothing: too few errors a minute, and no message counts as sent."""
    await database.transact(lambda tx: watching.watch(tx, both))
    await people_booked(database, 20)
    outside.fault("ovh", "time_out")
    await Dispatch.of(impatient(both, 0)).drain(database)
    for minutes, expected in ((4, 100), (6, 0)):
        move(offset, datetime.now(UTC) + timedelta(minutes=minutes))
        await database.transact(lambda tx: watching.watch(tx, both))
        assert (await shares(database))["ovh"] == expected


async def test_rule_24_what_nobody_ever_learnt_stays_slow_on_the_call_list(
    database: Database, outside: Outside, both: Settings, offset: Any
) -> None:
    await database.transact(lambda tx: watching.watch(tx, both))
    await people_booked(database, 20)
    only = impatient(both, 1)
    outside.fault("brevo", "time_out")
    await Dispatch.of(only).drain(database)
    move(offset, datetime.now(UTC) + timedelta(minutes=12))
    await ask_about_unclear(database, Dispatch.of(only))
    assert {one.state for one in await rows(database) if one.rank == 0} == {"failed"}
    await database.transact(lambda tx: watching.watch(tx, both))
    assert (await shares(database))["brevo"] == 0


async def test_rule_24_while_it_returns_what_does_not_arrive_is_not_forgotten_at_each_step(
    database: Database, both: Settings, offset: Any
) -> None:
    """It accepts and never delivers: given a fifth, it keeps a fifth, and leaves again when that is seen."""
    await database.transact(lambda tx: watching.watch(tx, both))
    await database.transact(fifty_errors)
    await database.transact(lambda tx: watching.watch(tx, both))
    move(offset, datetime.now(UTC) + timedelta(minutes=5, seconds=10))
    await database.transact(lambda tx: watching.watch(tx, both))
    await people_booked(database, 6)
    await Dispatch.of(both.model_copy(update={"sms": both.sms[:1]})).drain(database)
    seen = []
    for minutes in (7, 8, 9, 10, 11):
        move(offset, datetime.now(UTC) + timedelta(minutes=minutes))
        await database.transact(lambda tx: watching.watch(tx, both))
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
    await heard(database, stated(person), session, confirmed(person, session))
    await Dispatch.of(both).drain(database)
    for hours, states in ((19, ["sent"]), (25, ["failed", "scheduled"])):
        move(offset, datetime.now(UTC) + timedelta(hours=hours))
        await database.transact(lambda tx: sending.wait_no_longer(tx, both))
        assert [one.state for one in await rows(database)] == states
    await Dispatch.of(both).drain(database)
    assert [(one.channel, one.state) for one in await rows(database)] == expected


async def test_a_runaway_stops_at_the_budget_and_a_person_may_allow_more(
    site: Site, database: Database, outside: Outside, both: Settings, offset: Any
) -> None:
    del both
    little = with_sms(site, outside, "ovh", per_day=5)
    phones = await people_booked(database, 8)
    await Dispatch.of(little).drain(database)
    assert sum(len(outside.messages(phone)) for phone in phones) == 5
    waiting = [one for one in await rows(database) if one.state == "scheduled"]
    assert {one.reason for one in waiting} == {"le budget de SMS du jour est épuisé"}
    await database.transact(lambda tx: watching.allow_more(tx, "ovh", 5))
    move(offset, datetime.now(UTC) + timedelta(minutes=11))
    await Dispatch.of(little).drain(database)
    assert sum(len(outside.messages(phone)) for phone in phones) == 8


async def test_what_is_urgent_is_claimed_first_and_no_more_than_there_is_room_for(
    database: Database, both: Settings
) -> None:
    """Of ten that may wait and one that may not, the one is among the first two."""
    await people_booked(database, 10)
    await database.transact(make_them_wait)
    [urgent] = await people_booked(database, 1)
    claimed = await database.transact(lambda tx: composing.compose_due(tx, both, {"ovh": 2, "brevo": 0}))
    assert claimed.parcels[0].to == urgent
    assert [parcel.provider for parcel in claimed.parcels] == ["ovh", "ovh"]


async def make_them_wait(tx: Transaction) -> None:
    await tx.execute(text("UPDATE notices SET rush = false WHERE kind = 'booking_confirmed'"))


def test_a_pace_gives_a_quarter_of_a_second_and_counts_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    pace, rooms = Pace(40), []
    for _ in range(3):
        rooms.append(pace.room())
        for _ in range(rooms[-1]):
            pace.enter()
            pace.leave()
        now += 0.125
    assert rooms == [10, 5, 5]
    now += 60
    for _ in range(AT_ONCE):
        pace.enter()
    now += 60
    assert pace.room() == 0  # too many conversations, whatever the rate allows
    pace.leave()
    assert pace.room() == 1
