"""A session moved or cancelled, an absence, an offer that lapses: what is told, and what no more."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from chassis.clock import move
from chassis.db import Database
from chassis.site import Site
from contracts.booking import BookingAttended, BookingConfirmed, SeatLapsed, SeatOffered
from contracts.ids import BeneficiaryId, OfferId, uuid7
from services.notifications import consumers
from services.notifications.model import Notice
from tests.notifications.conftest import consume, send_due
from tests.notifications.events import cancelled, confirmed, moved, scheduled, stated
from tests.notifications.stored import states
from tests.outside import Outside


async def hear_move(database: Database, booking: BookingConfirmed, version: int) -> None:
    """As many days later as the version says."""
    later = booking.starts_at + timedelta(days=version)
    session = scheduled(later, session_id=booking.session_id, version=version)
    await database.transact(lambda tx: consumers.on_catalogue(tx, [session]))
    await database.transact(lambda tx: consumers.on_booking(tx, [moved(booking, version, later)]))


async def test_rule_13_a_move_is_told_and_the_reminders_follow(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    booking = confirmed(person, session)
    await consume(database, stated(person), session, booking)
    await send_due(site)
    for version in (2, 3):
        for _ in range(2):  # applied twice
            await hear_move(database, booking, version)
        await send_due(site)
        move(offset, datetime.now(UTC) + timedelta(minutes=3 * version))
    await send_due(site)
    texts = [message["text"] for message in outside.messages(stated(person).phone or "")]
    assert len(texts) == 3
    assert "CHANGE" in texts[-1]
    async with database.reading() as reading:
        waiting = (await reading.scalars(select(Notice).where(Notice.state == "scheduled"))).all()
    later = session.starts_at + timedelta(days=3)
    assert {notice.due_at for notice in waiting} == {later - timedelta(hours=48), later - timedelta(hours=3)}


async def test_rule_17_an_absence_or_a_past_session_tells_nothing_more(database: Database) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    booking = confirmed(person, session)
    await consume(database, stated(person), session, booking)
    over = BookingAttended(
        booking_id=booking.booking_id,
        session_id=session.session_id,
        beneficiary_id=person,
        vouchers_consumed=1,
        on=session.starts_at.date(),
    )
    await database.transact(lambda tx: consumers.on_booking(tx, [over]))
    assert set((await states(database)).values()) == {"dropped"}


async def test_a_cancellation_is_told_and_the_reminders_are_dropped(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    booking = confirmed(person, session)
    await consume(database, stated(person), session, booking)
    await send_due(site)
    await database.transact(lambda tx: consumers.on_booking(tx, [cancelled(booking)]))
    await send_due(site)
    assert "ANNULÉE" in outside.messages(stated(person).phone or "")[-1]["text"]
    assert (await states(database))["reminder_48h"] == "dropped"


async def test_rule_17_too_late_to_cancel_is_an_absence_and_nothing_is_written(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    booking = confirmed(person, session)
    await consume(database, stated(person), session, booking)
    await send_due(site)
    await consume(database, stated(person), session, cancelled(booking, late=True))
    await send_due(site)
    assert len(outside.messages(stated(person).phone or "")) == 1
    assert "booking_cancelled" not in await states(database)
    assert (await states(database))["reminder_48h"] == "dropped"


async def test_rule_18_an_offer_is_told_and_dropped_when_it_lapses(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    offers = [OfferId(uuid7()), OfferId(uuid7())]
    known = {"session_id": session.session_id, "beneficiary_id": person}
    until = datetime.now(UTC) + timedelta(hours=24)
    offered = [SeatOffered(offer_id=offer, until=until, **known) for offer in offers]
    await consume(database, stated(person), session, *offered, SeatLapsed(offer_id=offers[0], **known))
    await send_due(site)
    [message] = outside.messages(stated(person).phone or "")
    assert "place libre" in message["text"]
    async with database.reading() as reading:
        by_offer = {notice.about_id: notice.state for notice in await reading.scalars(select(Notice))}
    assert by_offer == {offers[0]: "dropped", offers[1]: "sent"}
