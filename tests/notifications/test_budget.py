"""The day's budget of SMS is spent: what can't wait for the next one goes another way, and nothing vanishes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.clock import move
from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications import consumers
from services.notifications.delivery import Dispatch
from services.notifications.settings import Settings
from services.notifications.usecases import providers
from tests.actors import MEDIATOR, asking
from tests.notifications.conftest import consume, people_booked, send_due, settings_of, with_sms
from tests.notifications.events import cancelled, confirmed, scheduled, stated
from tests.notifications.stored import published, ranks, rows
from tests.outside import Outside


def without_budget(site: Site) -> Settings:
    settings = settings_of(site)
    return settings.model_copy(
        update={"sms": tuple(account.model_copy(update={"per_day": 0}) for account in settings.sms)}
    )


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(days=1), [(None, "scheduled")]),
        (timedelta(hours=2), [("sms", "failed"), ("call", "by_hand")]),
    ],
)
async def test_a_cancellation_without_budget_waits_while_it_may_and_is_then_called(
    site: Site, database: Database, offset: Any, before: timedelta, expected: list[tuple[str | None, str]]
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    booking = confirmed(person, session)
    await consume(database, stated(person), session, booking)
    await send_due(site)
    move(offset, session.starts_at - before)
    await database.transact(lambda tx: consumers.on_booking(tx, [cancelled(booking)]))
    for _ in range(2):
        await Dispatch.of(without_budget(site)).drain(database)
    assert await ranks(database, "booking_cancelled") == expected
    assert len(await published(database, "notice.failed.v2")) == len(expected) - 1
    async with asking(site.application(), MEDIATOR) as client:
        page = (await client.get("/echecs")).text
        assert ("Budget de SMS épuisé" in page) is (len(expected) == 1)
        assert ("le budget de SMS du jour est épuisé" in page) is (len(expected) == 2)


async def test_a_reminder_without_budget_leaves_by_e_mail(
    site: Site, database: Database, outside: Outside, offset: Any
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    email = f"{person}@exemple.invalid"
    await consume(database, stated(person, email=email), session, confirmed(person, session))
    await send_due(site)
    move(offset, session.starts_at - timedelta(hours=2))
    for _ in range(2):
        await Dispatch.of(without_budget(site)).drain(database)
    assert await ranks(database, "reminder_3h") == [("sms", "failed"), ("email", "sent")]
    assert len(outside.mails(email)) == 1


async def test_a_runaway_stops_at_the_budget_and_a_person_may_allow_more(
    site: Site, database: Database, outside: Outside, both: Settings, offset: Any
) -> None:
    del both
    little = with_sms(site, outside, "ovh", per_day=5)
    phones = await people_booked(database, 8)
    await Dispatch.of(little).drain(database)
    assert sum(len(outside.messages(phone)) for phone in phones) == 5
    waiting = [notice for notice in await rows(database) if notice.state == "scheduled"]
    assert {notice.reason for notice in waiting} == {"le budget de SMS du jour est épuisé"}
    await database.transact(lambda tx: providers.allow_more(tx, "ovh", 5))
    move(offset, datetime.now(UTC) + timedelta(minutes=11))
    await Dispatch.of(little).drain(database)
    assert sum(len(outside.messages(phone)) for phone in phones) == 8
