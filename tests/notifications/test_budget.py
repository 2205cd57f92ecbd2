"""The day's budget of SMS is spent: what can't wait for the next one goes another way, and nothing vanishes."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications import consumers
from services.notifications.delivery import Dispatch
from services.notifications.model import Notice
from services.notifications.settings import Settings
from tests.actors import MEDIATOR, asking
from tests.notifications.conftest import confirmed, heard, move, scheduled, send_due, stated
from tests.notifications.events import cancelled
from tests.notifications.test_by_hand import told_on_the_bus
from tests.notifications.test_people import settings_of
from tests.outside import Outside


def without_budget(site: Site) -> Settings:
    settings = settings_of(site)
    return settings.model_copy(update={"sms": tuple(one.model_copy(update={"per_day": 0}) for one in settings.sms)})


async def told(database: Database, kind: str) -> list[tuple[str | None, str]]:
    async with database.reading() as reading:
        found = await reading.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.rank))
        return [(one.channel, one.state) for one in found]


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
    await heard(database, stated(person), session, booking)
    await send_due(site)
    move(offset, session.starts_at - before)
    await database.transact(lambda tx: consumers.on_booking(tx, [cancelled(booking)]))
    for _ in range(2):
        await Dispatch.of(without_budget(site)).drain(database)
    assert await told(database, "booking_cancelled") == expected
    assert len(await told_on_the_bus(database, "notice.failed.v1")) == len(expected) - 1
    async with asking(site.application(), MEDIATOR) as client:
        page = (await client.get("/echecs")).text
        assert ("Budget de SMS épuisé" in page) is (len(expected) == 1)
        assert ("le budget de SMS du jour est épuisé" in page) is (len(expected) == 2)


async def test_a_reminder_without_budget_leaves_by_e_mail(
    site: Site, database: Database, outside: Outside, offset: Any
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    email = f"{person}@exemple.invalid"
    await heard(database, stated(person, email=email), session, confirmed(person, session))
    await send_due(site)
    move(offset, session.starts_at - timedelta(hours=2))
    for _ in range(2):
        await Dispatch.of(without_budget(site)).drain(database)
    assert await told(database, "reminder_3h") == [("sms", "failed"), ("email", "sent")]
    assert len(outside.mails(email)) == 1
