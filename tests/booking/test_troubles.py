"""Rule 23: a message that did not arrive is work for the mediator, until it has arrived another way or is too old."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.db import Database
from contracts.event import Event
from contracts.ids import BeneficiaryId, BookingId, NoticeId, uuid7
from contracts.notifications import NoticeDelivered, NoticeFailed, NoticeToCall
from contracts.words import NoticeKind
from services.booking import queries, timed
from services.booking.app import create_site
from services.booking.settings import Settings
from tests import actors
from tests.booking.conftest import at, deliver

PERSON, OTHER = BeneficiaryId(uuid7()), BeneficiaryId(uuid7())
BOOKING = BookingId(uuid7())
SETTINGS = actors.settings_for(Settings, "postgresql+asyncpg://nobody@127.0.0.1:1/nothing")


def notice(
    person: BeneficiaryId = PERSON, kind: NoticeKind = "reminder_48h", booking: BookingId | None = BOOKING
) -> dict[str, Any]:
    """By SMS."""
    about = {"beneficiary_id": person, "booking_id": booking, "kind": kind}
    return {**about, "notice_id": NoticeId(uuid7()), "channel": "sms"}


def to_call(about: dict[str, Any]) -> NoticeToCall:
    return NoticeToCall(**about, reason="numéro faux")


def failed(about: dict[str, Any]) -> NoticeFailed:
    return NoticeFailed(**about, failure="permanent", reason="numéro faux")


def delivered(about: dict[str, Any]) -> NoticeDelivered:
    """By another channel: another notice."""
    return NoticeDelivered(**about | {"channel": "letter"}, delivered_at=datetime.now(UTC))


async def left(database: Database, person: BeneficiaryId = PERSON) -> set[tuple[str, BookingId | None]]:
    async with database.reading() as reading:
        return {(notice.kind, notice.booking_id) for notice in await queries.troubled_notices(reading, person)}


async def test_rule_23_a_call_or_another_channel_settles_what_it_told_and_nothing_else(database: Database) -> None:
    unbooked = notice(kind="book_prescribed", booking=None)
    troubles: list[Event] = [
        failed(notice()),
        to_call(notice()),
        failed(unbooked),
        to_call(notice(kind="booking_confirmed")),
    ]
    await deliver(database, *troubles, failed(notice(OTHER)), failed(notice(booking=BookingId(uuid7()))))
    assert len(await left(database)) == 4
    await deliver(database, delivered(notice()), delivered(notice(kind="booking_cancelled")), delivered(unbooked))
    assert ("booking_confirmed", BOOKING) in await left(database)
    assert len(await left(database)) == 2
    assert await left(database, OTHER) == {("reminder_48h", BOOKING)}


async def test_rule_23_what_fails_again_afterwards_is_work_again(database: Database) -> None:
    await deliver(
        database,
        failed(notice()),
        delivered(notice()),
        failed(notice()),
        to_call(notice(kind="booking_confirmed")),
        delivered(notice(kind="booking_confirmed")),
    )
    assert await left(database) == {("reminder_48h", BOOKING)}


async def test_troubles_are_forgotten_after_six_months(database: Database) -> None:
    await deliver(database, failed(notice()))
    for days, count in ((181, 1), (183, 0)):
        await at(
            database,
            lambda tx: timed.forget_old_troubles(tx, settings=SETTINGS),
            datetime.now(UTC) + timedelta(days=days),
        )
        assert len(await left(database)) == count


def test_rule_23_deliveries_are_consumed() -> None:
    (subscription,) = [
        subscription
        for subscription in create_site(SETTINGS).runtime.declared.subscriptions
        if subscription.topic.name == "notifications.events"
    ]
    assert NoticeDelivered.type in subscription.reader.types
