"""Handing over: as long as it makes sense, again when a provider was dead, and to the end when we stop."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from chassis.clock import move
from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications.delivery import Dispatch, ask_about_unclear
from services.notifications.model import Notice
from services.notifications.policy import NoticePolicy
from services.notifications.settings import Settings
from services.notifications.usecases.outgoing import TWO_DAYS, minutes_left
from tests.notifications.conftest import consume, only, people_booked, send_due, settings_of
from tests.notifications.events import confirmed, scheduled, stated
from tests.notifications.stored import rows, states
from tests.outside import Outside
from tests.waiting import PATIENCE

CLOSES_WITHIN = "services.notifications.delivery.dispatch.CLOSES_WITHIN"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
NONE = timedelta()
HALF_AN_HOUR = NoticePolicy(5, timedelta(minutes=30), NONE, NONE, NONE, NONE, quiet_hours=False)


@pytest.mark.parametrize(
    ("useful_for", "tries", "most"),
    [
        (None, 11, timedelta(minutes=31)),
        (timedelta(days=5), 11, timedelta(minutes=31)),
        (timedelta(hours=2, minutes=12), 8, timedelta(minutes=12)),
        (timedelta(hours=1), 5, timedelta(minutes=2)),
    ],
)
def test_trouble_is_tried_again_for_half_an_hour_or_while_a_person_may_still_call(
    useful_for: timedelta | None, tries: int, most: timedelta
) -> None:
    until = NOW + useful_for if useful_for else None
    notice = Notice.planned("booking_confirmed", uuid7(), BeneficiaryId(uuid7()), NOW, expires_at=until)
    now, notice.attempts = NOW, 1
    while notice.may_wait(HALF_AN_HOUR, now):
        notice.try_again("503", now)
        now, notice.attempts = notice.due_at, notice.attempts + 1
    assert notice.attempts == tries
    assert now - NOW <= most


@pytest.mark.parametrize(("attempts", "expected"), [(7, ["scheduled"]), (12, ["failed", "by_hand"])])
async def test_our_own_trouble_is_waited_for_before_a_person_has_to_call(
    database: Database, outside: Outside, both: Settings, attempts: int, expected: list[str]
) -> None:
    await people_booked(database, 1)
    for provider in ("ovh", "brevo"):
        outside.fault(provider, "refuse")
    before = text("UPDATE notices SET attempts = :attempts WHERE kind = 'booking_confirmed'")
    await database.transact(lambda tx: tx.execute(before, {"attempts": attempts}))
    await Dispatch.of(both).drain(database)
    assert [notice.state for notice in await rows(database)] == expected


def minutes(*left: int | None) -> Iterable[datetime | None]:
    return [None if minutes is None else NOW + timedelta(minutes=minutes) for minutes in left]


@pytest.mark.parametrize(
    ("ends", "expected"), [((90,), 90), ((0,), 1), ((30, 90), 90), ((30, None), TWO_DAYS), ((99_999,), TWO_DAYS)]
)
def test_rule_21_a_message_is_good_as_long_as_anything_of_it_is(ends: tuple[int | None, ...], expected: int) -> None:
    assert minutes_left(minutes(*ends), NOW) == expected


async def test_rule_21_no_sms_arrives_after_the_start(site: Site, database: Database, outside: Outside) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled(datetime.now(UTC) + timedelta(hours=3))
    contact = stated(person)
    await consume(database, contact, session, confirmed(person, session))
    await send_due(site)
    [message] = outside.messages(contact.phone or "")
    assert 170 <= message["valid_for"] <= 180


async def test_who_stops_waits_for_what_is_in_flight(
    database: Database, outside: Outside, both: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CLOSES_WITHIN, PATIENCE)
    await people_booked(database, 2)
    outside.fault("ovh", "slow")
    handing = Dispatch.of(only(both, 0))
    await handing.run(database)
    await outside.holds("ovh", requests=2)
    closing = asyncio.create_task(handing.close())
    await asyncio.sleep(0)
    outside.let_go("ovh")
    await closing
    assert [notice.state for notice in await rows(database)] == ["sent"] * 2


async def test_who_stops_does_not_wait_for_ever(
    database: Database, outside: Outside, both: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its provider answers nothing, and has more time than this test."""
    monkeypatch.setattr(CLOSES_WITHIN, 0.1)
    await people_booked(database, 2)
    outside.fault("ovh", "time_out")
    handing = Dispatch.of(only(both, 0))
    await handing.run(database)
    await outside.holds("ovh", requests=2)
    await handing.close()
    assert [notice.state for notice in await rows(database)] == ["sending"] * 2


@pytest.mark.parametrize("provider", ["dead", "back"])
async def test_a_dead_provider_loses_nothing(
    site: Site, database: Database, outside: Outside, offset: Path, provider: str
) -> None:
    """Tried again until it is back; when it stays away, a person calls."""
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person), session, confirmed(person, session))
    settings = settings_of(site)
    nobody = tuple(account.model_copy(update={"url": "http://127.0.0.1:1"}) for account in settings.sms)
    dead = settings.model_copy(update={"sms": nobody, "smtp_port": 1})
    for attempt in range(2 if provider == "back" else 12):
        move(offset, datetime.now(UTC) + timedelta(seconds=400 * attempt))
        await Dispatch.of(dead).drain(database)
    move(offset, datetime.now(UTC) + timedelta(seconds=5000))
    await send_due(site)
    by_kind = await states(database)
    if provider == "back":
        assert by_kind["booking_confirmed"] == "sent"
        assert len(outside.messages(stated(person).phone or "")) == 1
    else:
        assert by_kind["booking_confirmed"] == "failed"
        assert by_kind["booking_confirmed call"] == "by_hand"


async def test_an_interrupted_sms_is_sent_once_an_interrupted_e_mail_is_checked_by_a_person(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    phoned, mailed, session = BeneficiaryId(uuid7()), BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(phoned), session, confirmed(phoned, session))
    by_mail = stated(mailed, channel="email", email="a@exemple.invalid", phone=None, phone_kind=None)
    await consume(database, by_mail, session, confirmed(mailed, session))
    await send_due(site)
    await database.transact(as_if_ended_before_the_commit)
    move(offset, datetime.now(UTC) + timedelta(seconds=120))
    await ask_about_unclear(database, Dispatch.of(settings_of(site)))
    await send_due(site)
    assert len(outside.messages(stated(phoned).phone or "")) == 1
    channels = [(notice.channel, notice.state) for notice in await rows(database) if notice.beneficiary_id == mailed]
    assert channels == [("email", "failed"), ("call", "by_hand")]


async def as_if_ended_before_the_commit(tx: Transaction) -> None:
    await tx.execute(text("UPDATE notices SET state = 'sending', check_at = due_at WHERE state = 'sent'"))
