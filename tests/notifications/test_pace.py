"""The pace of each provider, what the other takes over in it, and what is urgent. Rule 24."""

import asyncio
import time

import pytest
from sqlalchemy import text

from chassis.db import Database, Transaction
from services.notifications import queries
from services.notifications.delivery import Dispatch
from services.notifications.delivery.providers import AT_ONCE, RateLimiter
from services.notifications.settings import Settings
from services.notifications.usecases import composing
from tests.notifications.conftest import people_booked
from tests.notifications.stored import rows
from tests.outside import Outside


async def ovh_first(database: Database, settings: Settings) -> None:
    await database.transact(lambda tx: queries.ensure_providers(tx, [account.name for account in settings.sms]))
    await database.transact(lambda tx: tx.execute(text("UPDATE providers SET share = 0 WHERE name = 'brevo'")))


class Counted(RateLimiter):
    """Remembers how many conversations began, and how many there were at once."""

    begun, most = 0, 0

    def acquire(self) -> None:
        super().acquire()
        self.begun += 1
        self.most = max(self.most, self.under_way)


async def test_rule_24_what_the_other_takes_over_counts_in_its_pace_and_its_budget(
    database: Database, outside: Outside, both: Settings
) -> None:
    accounts = tuple(
        account.model_copy(update={"per_day": 4 if account.name == "brevo" else 100}) for account in both.sms
    )
    little = both.model_copy(update={"sms": accounts})
    await ovh_first(database, little)
    phones = await people_booked(database, 6)
    outside.fault("ovh", "refuse")
    handing = Dispatch.of(little)
    handing.limiters["brevo"] = other = Counted(50)
    await handing.drain(database)
    assert (other.begun, other.under_way, handing.limiters["ovh"].under_way) == (4, 0, 0)
    assert sum(len(outside.messages(phone)) for phone in phones) == 4
    async with database.reading() as reading:
        [brevo] = await queries.providers(reading, ["brevo"])
    assert brevo.spent == 4
    waiting = [notice for notice in await rows(database) if notice.state == "scheduled"]
    assert {notice.reason for notice in waiting} == {"ovh refuse (503 SERVICE_UNAVAILABLE)"}
    assert len(waiting) == 2


async def test_the_other_is_handed_no_more_at_once_than_it_has_room_for(
    database: Database, outside: Outside, both: Settings
) -> None:
    await ovh_first(database, both)
    await people_booked(database, 6)
    outside.fault("ovh", "refuse")
    handing = Dispatch.of(both)
    handing.limiters["brevo"] = other = Counted(0.001)  # one, and no other for a long time
    await handing.run(database)
    while handing.under_way:
        await asyncio.wait(handing.under_way)
    assert other.begun == 1


async def test_what_is_urgent_is_claimed_first_and_no_more_than_there_is_room_for(
    database: Database, both: Settings
) -> None:
    """Of ten that may wait and one that may not, the one is among the first two."""
    await people_booked(database, 10)
    await database.transact(make_them_wait)
    [urgent] = await people_booked(database, 1)
    claimed = await database.transact(lambda tx: composing.compose_due(tx, both, {"ovh": 2, "brevo": 0}))
    assert claimed.messages[0].to == urgent
    assert [outgoing.provider for outgoing in claimed.messages] == ["ovh", "ovh"]


async def make_them_wait(tx: Transaction) -> None:
    await tx.execute(text("UPDATE notices SET rush = false WHERE kind = 'booking_confirmed'"))


def test_a_pace_gives_a_quarter_of_a_second_and_counts_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    limiter, rooms = RateLimiter(40), []
    for _ in range(3):
        rooms.append(limiter.available())
        for _ in range(rooms[-1]):
            limiter.acquire()
            limiter.release()
        now += 0.125
    assert rooms == [10, 5, 5]
    now += 60
    for _ in range(AT_ONCE):
        limiter.acquire()
    now += 60
    assert limiter.available() == 0  # too many conversations, whatever the rate allows
    limiter.release()
    assert limiter.available() == 1
