"""Two providers: the traffic moves, comes back little by little, and nothing is lost or doubled. Rule 24."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications import queries
from services.notifications.delivery import Dispatch, ask_about_unclear
from services.notifications.delivery.pace import AT_ONCE, Pace
from services.notifications.model import Health, Notice, Provider, chosen
from services.notifications.settings import Settings
from services.notifications.usecases import composing, sending, watching
from tests.notifications.conftest import confirmed, heard, move, scheduled, stated
from tests.outside import Outside

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def provider(share: int = 100, changed: datetime = NOW - timedelta(hours=1), name: str = "one") -> Provider:
    return Provider(name=name, share=share, changed_at=changed, reason=None, spent_on=NOW.date(), spent=0, extra=0)


@pytest.mark.parametrize(
    ("health", "moves"),
    [
        (Health(errors=49), False),
        (Health(errors=50), True),
        (Health(sent=100, slow=14), False),
        (Health(sent=100, slow=15), True),
        (Health(sent=19, slow=19), False),  # too few to speak of a part
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
        ours.judge(Health(), now, others=100)
        shares.append(ours.share)
    assert shares[:9] == [0] * 9  # five minutes of rest
    assert sorted({*shares}) == [0, 20, 40, 60, 80, 100]
    assert now - NOW == timedelta(minutes=9)
    back = provider(20)
    back.judge(Health(errors=5), NOW, others=100)
    assert back.share == 0


def test_traffic_follows_the_shares_and_the_room() -> None:
    one, two = provider(75, name="one"), provider(25, name="two")
    free = {"one": 1, "two": 1}
    picked = [chosen([one, two], free, dice / 100) for dice in range(100)]
    assert sum(who is one for who in picked) == 75
    assert chosen([one, two], {"two": 1}, 0.0) is two
    assert chosen([provider(0)], {"one": 1}, 0.5) is not None
    assert chosen([one], {}, 0.5) is None


@pytest.fixture
def both(site: Site, outside: Outside) -> Settings:
    """OVHcloud preferred, Brevo beside it."""
    return with_sms(site, outside, "ovh", "brevo")


def with_sms(site: Site, outside: Outside, *kinds: str, **more: Any) -> Settings:
    settings = site.assembly.declared.settings
    assert isinstance(settings, Settings)
    accounts = Settings.model_validate({**settings.model_dump(), "sms": outside.accounts(*kinds, **more)}).sms
    return settings.model_copy(update={"sms": accounts})


def impatient(settings: Settings, provider: int) -> Settings:
    """With one provider only, and no patience."""
    only = {"sms": settings.sms[provider : provider + 1], "provider_answers_within": timedelta(seconds=1)}
    return settings.model_copy(update=only)


async def people_booked(database: Database, count: int) -> list[str]:
    """Their telephones."""
    session, people = scheduled(), [BeneficiaryId(uuid7()) for _ in range(count)]
    phones = [f"+3363{uuid7().int % 10**8 // 10:07}5" for _ in people]
    for person, phone in zip(people, phones, strict=True):
        await heard(database, stated(person, phone=phone), session, confirmed(person, session))
    return phones


async def rows(database: Database) -> list[Notice]:
    async with database.reading() as reading:
        found = await reading.scalars(select(Notice).where(Notice.kind == "booking_confirmed").order_by(Notice.rank))
        return [*found]


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
    assert seen == [0, 20, 40, 60, 80, 100]


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


async def test_rule_23_silence_is_asked_about_and_never_simply_sent_again(
    database: Database, outside: Outside, both: Settings, offset: Any
) -> None:
    """OVHcloud went silent: whether it had the message is asked when it is back, and it is sent once."""
    [phone] = await people_booked(database, 1)
    only = impatient(both, 0)
    outside.fault("ovh", "time_out")
    await Dispatch.of(only).drain(database)
    assert [one.state for one in await rows(database)] == ["sending"]
    for seconds, fault, expected in ((10, "time_out", "sending"), (60, "none", "scheduled")):
        outside.fault("ovh", fault)
        move(offset, datetime.now(UTC) + timedelta(seconds=seconds))
        await ask_about_unclear(database, Dispatch.of(only))
        assert [one.state for one in await rows(database)] == [expected]
    move(offset, datetime.now(UTC) + timedelta(seconds=90))
    await Dispatch.of(only).drain(database)
    assert len(outside.messages(phone)) == 1


async def test_rule_23_what_nobody_can_tell_is_on_the_call_list(
    database: Database, outside: Outside, both: Settings, offset: Any
) -> None:
    """Brevo's list is late: not being on it proves nothing, so after some minutes a person asks."""
    await people_booked(database, 1)
    only = impatient(both, 1)
    outside.fault("brevo", "time_out")
    await Dispatch.of(only).drain(database)
    outside.fault("brevo", "none")
    for minutes in (1, 11):
        move(offset, datetime.now(UTC) + timedelta(minutes=minutes))
        await ask_about_unclear(database, Dispatch.of(only))
    await Dispatch.of(only).drain(database)
    found = [(one.channel, one.state) for one in await rows(database)]
    assert found == [("sms", "failed"), ("call", "by_hand")]


async def test_without_asking_silence_would_be_told_twice(database: Database, outside: Outside, both: Settings) -> None:
    """The control: a slow provider has the message after all. Sent again without asking, it is there twice."""
    [phone] = await people_booked(database, 1)
    only = impatient(both, 0)
    outside.fault("ovh", "slow")
    await Dispatch.of(only).drain(database)
    await database.transact(blindly_again)
    outside.fault("ovh", "none")
    await Dispatch.of(only).drain(database)
    assert len(outside.messages(phone)) == 2


async def blindly_again(tx: Transaction) -> None:
    """When the slow answer is over."""
    await asyncio.sleep(1.5)
    await tx.execute(text("UPDATE notices SET state = 'scheduled', due_at = created_at WHERE state = 'sending'"))


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
