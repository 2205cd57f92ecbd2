"""What can't be done for one message is done for all others, and is seen."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications import queries
from services.notifications.model import Facts
from services.notifications.texts import sms
from services.notifications.usecases import composing
from tests.jobs import change, count, do, poisoned
from tests.logs import logging_as
from tests.notifications.conftest import consume, people_booked, send_due
from tests.notifications.events import confirmed, scheduled, stated
from tests.outside import Outside


async def booked_by_call(database: Database, people: int) -> None:
    session = scheduled()
    for _ in range(people):
        person = BeneficiaryId(uuid7())
        await consume(database, stated(person, channel="call"), session, confirmed(person, session))


async def test_core_16_a_call_that_can_not_be_given_up_holds_up_no_other(site: Site, database: Database) -> None:
    await booked_by_call(database, 3)
    await send_due(site)
    await change(database, "UPDATE notices SET expires_at = now() - interval '1 hour' WHERE state = 'by_hand'")
    waiting = "SELECT count(*) FROM notices WHERE state = 'by_hand'"
    assert await count(database, waiting) == 3
    async with poisoned(database, "notices", of="state = 'by_hand'"):
        with pytest.raises(ExceptionGroup):
            await do(site, "give up what is too late")
        assert await count(database, waiting) == 1
    await do(site, "give up what is too late")
    assert await count(database, waiting) == 0


async def test_core_16_a_receipt_that_can_not_be_given_up_holds_up_no_other(site: Site, database: Database) -> None:
    await people_booked(database, 3)
    await send_due(site)
    await change(database, "UPDATE notices SET state = 'sent' WHERE state = 'delivered'")
    await change(database, "UPDATE notices SET sent_at = now() - interval '30 hours' WHERE state = 'sent'")
    waiting = "SELECT count(*) FROM notices WHERE state = 'sent'"
    assert await count(database, waiting) == 3
    async with poisoned(database, "notices", of="state = 'sent'"):
        with pytest.raises(ExceptionGroup):
            await do(site, "wait no longer for receipts")
        assert await count(database, waiting) == 1
    await do(site, "wait no longer for receipts")
    assert await count(database, waiting) == 0


@pytest.fixture
def unwritable(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Telephones whose messages can't be written."""
    phones = set[str]()

    def fails(facts: Sequence[Facts], now: datetime) -> str:
        if facts[0].contact.phone in phones:
            raise KeyError(facts[0].contact.phone)
        return sms(facts, now)

    monkeypatch.setattr(composing, "sms", fails)
    return phones


async def test_core_16_a_message_that_can_not_be_written_holds_up_no_other_and_leaves_once_it_can(
    site: Site, database: Database, outside: Outside, unwritable: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    phones = await people_booked(database, 3)
    unwritable.add(phones[1])
    before = failures()
    with logging_as("notifications"):
        await send_due(site)
    assert [bool(outside.messages(phone)) for phone in phones] == [True, False, True]
    assert failures() == before + 1
    written = capsys.readouterr().out
    assert "a message can't be written" in written
    assert phones[1] not in written
    unwritable.clear()
    await change(database, "UPDATE notices SET due_at = now() WHERE state = 'scheduled' AND reason IS NOT NULL")
    await send_due(site)
    assert all(outside.messages(phone) for phone in phones)


async def test_core_16_what_can_not_be_written_in_time_is_told_by_a_person(
    site: Site, database: Database, unwritable: set[str]
) -> None:
    (phone,) = await people_booked(database, 1)
    unwritable.add(phone)
    await change(database, "UPDATE notices SET expires_at = now() + interval '5 minutes' WHERE due_at <= now()")
    await send_due(site)
    async with database.reading() as reading:
        states = {row[0] for row in await reading.execute(text("SELECT state FROM notices WHERE channel = 'sms'"))}
    assert states == {"failed"}


def failures() -> float:
    return REGISTRY.get_sample_value("pass_job_failures_total", {"job": queries.SEND}) or 0.0


async def test_what_is_planned_wakes_the_job_that_sends_once_it_is_committed(database: Database) -> None:
    database.woken[queries.SEND].clear()
    await people_booked(database, 1)
    assert database.woken[queries.SEND].is_set()
