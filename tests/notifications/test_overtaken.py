"""What was true when it was planned, and is so no more when it leaves, by the next channel or another try."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from chassis.clock import move
from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.booking import BookingAttended, SeatDeclined, SeatOffered
from contracts.ids import BeneficiaryId, OfferId, uuid7
from contracts.prescription import BookCancelled
from services.notifications import consumers, queries
from services.notifications.model import Notice
from services.notifications.usecases import recording
from tests.notifications.conftest import consume, send_due
from tests.notifications.events import cancelled, confirmed, moved, place, prescribed, scheduled, stated
from tests.notifications.stored import ranks
from tests.outside import Outside


async def only_message(database: Database, kind: str) -> Notice:
    async with database.reading() as reading:
        return (await reading.scalars(select(Notice).where(Notice.kind == kind, Notice.rank == 0))).one()


async def fails(database: Database, kind: str) -> None:
    """Its receipt says that it never arrived."""
    sent = await only_message(database, kind)
    await database.transact(lambda tx: recording.apply_receipts(tx, {sent.id: ("expired", "téléphone éteint")}))


@pytest.mark.parametrize("then", ["cancelled", "late", "over"])
async def test_rule_25_a_booking_that_is_no_more_is_not_told_as_booked_by_the_next_channel(
    site: Site, database: Database, outside: Outside, then: str
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    email, booking = f"{person}@exemple.invalid", confirmed(person, session)
    await consume(database, stated(person, email=email), session, booking)
    await send_due(site)
    over = BookingAttended(
        booking_id=booking.booking_id, session_id=session.session_id, beneficiary_id=person, vouchers_consumed=1,
        on=session.starts_at.date(),
    )  # fmt: skip
    event = over if then == "over" else cancelled(booking, late=then == "late")
    await database.transact(lambda tx: consumers.on_booking(tx, [event]))
    await send_due(site)
    await fails(database, "booking_confirmed")
    await send_due(site)
    assert await ranks(database, "booking_confirmed") == [("sms", "failed"), (None, "dropped")]
    assert not outside.mails(email)


async def test_rule_23_what_was_under_way_when_it_was_cancelled_is_not_tried_again(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    booking = confirmed(person, session)
    await consume(database, stated(person), session, booking)
    await database.transact(under_way)
    await database.transact(lambda tx: consumers.on_booking(tx, [cancelled(booking)]))
    await send_due(site)
    sent = await only_message(database, "booking_confirmed")
    await database.transact(lambda tx: never_there(tx, sent))
    move(offset, datetime.now(UTC) + timedelta(minutes=3))
    await send_due(site)
    texts = [message["text"] for message in outside.messages(stated(person).phone or "")]
    assert not [text for text in texts if "réservée" in text]
    assert (await ranks(database, "booking_confirmed"))[0][1] == "dropped"


async def under_way(tx: Transaction) -> None:
    await tx.execute(text("UPDATE notices SET state = 'sending', channel = 'sms', check_at = now()"
                          " WHERE kind = 'booking_confirmed'"))  # fmt: skip


async def never_there(tx: Transaction, sent: Notice) -> None:
    """The provider was asked, and never had it."""
    recording.record_absent(tx, (await queries.messages_for_update(tx, [sent.id]))[sent.id])


@pytest.mark.parametrize("channel", ["sms", "call"])
async def test_rule_18_an_accepted_offer_is_told_no_more(
    site: Site, database: Database, outside: Outside, channel: str
) -> None:
    """The offer's id is the booking's: the caller's list is emptied too."""
    person, session = BeneficiaryId(uuid7()), scheduled()
    booking, email = confirmed(person, session), f"{person}@exemple.invalid"
    offer = SeatOffered(
        offer_id=OfferId(booking.booking_id), session_id=session.session_id, beneficiary_id=person,
        until=datetime.now(UTC) + timedelta(hours=24),
    )  # fmt: skip
    await consume(database, stated(person, channel=channel, email=email), session, offer)
    await send_due(site)
    await database.transact(lambda tx: consumers.on_booking(tx, [booking]))
    if channel == "sms":
        await fails(database, "seat_offered")
        await send_due(site)
        assert "Une place est libre" not in [mail["subject"] for mail in outside.mails(email)]
    assert (await ranks(database, "seat_offered"))[-1][1] == "dropped"


async def test_rule_18_a_declined_offer_is_not_told_by_the_next_channel(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    email, known = f"{person}@exemple.invalid", {"session_id": session.session_id, "beneficiary_id": person}
    offer = SeatOffered(offer_id=OfferId(uuid7()), until=datetime.now(UTC) + timedelta(hours=24), **known)
    await consume(database, stated(person, email=email), session, offer)
    await send_due(site)
    await consume(database, stated(person, email=email), session, SeatDeclined(offer_id=offer.offer_id, **known))
    await fails(database, "seat_offered")
    await send_due(site)
    assert not outside.mails(email)


async def test_a_cancelled_book_is_not_announced_by_the_next_channel(
    site: Site, database: Database, outside: Outside
) -> None:
    person = BeneficiaryId(uuid7())
    email, book = f"{person}@exemple.invalid", prescribed(person)
    await consume(database, stated(person, email=email), scheduled())
    await database.transact(lambda tx: consumers.on_prescription(tx, [book]))
    await send_due(site)
    over = BookCancelled(book_id=book.book_id, beneficiary_id=person, reason="erreur")
    await database.transact(lambda tx: consumers.on_prescription(tx, [over]))
    await fails(database, "book_prescribed")
    await send_due(site)
    assert not outside.mails(email)


async def test_rule_13_an_older_move_is_not_told_by_the_next_channel(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    email, booking = f"{person}@exemple.invalid", confirmed(person, session)
    await consume(database, stated(person, email=email), session, booking)
    await send_due(site)
    first, second = (moved(booking, version, session.starts_at + timedelta(days=version)) for version in (2, 3))
    await consume(database, stated(person, email=email), session.model_copy(update={"version": 3}), first)
    await send_due(site)
    sent = await only_message(database, "booking_moved")
    await database.transact(lambda tx: consumers.on_booking(tx, [second]))
    await database.transact(lambda tx: recording.apply_receipts(tx, {sent.id: ("expired", "téléphone éteint")}))
    move(offset, datetime.now(UTC) + timedelta(minutes=3))
    await send_due(site)
    assert not outside.mails(email)
    assert await ranks(database, "booking_moved") == [("sms", "failed"), (None, "dropped"), ("sms", "sent")]


async def test_rule_13_a_move_waits_until_the_new_place_is_known(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    booking, phone = confirmed(person, session), stated(person).phone or ""
    await consume(database, stated(person), session, booking)
    await send_due(site)
    await database.transact(lambda tx: consumers.on_booking(tx, [moved(booking, 2, session.starts_at)]))
    move(offset, datetime.now(UTC) + timedelta(minutes=3))
    await send_due(site)
    assert len(outside.messages(phone)) == 1
    elsewhere = {"version": 2, "place": place("Médiathèque", "place du Marché", "Die")}
    await consume(database, stated(person), session.model_copy(update=elsewhere))
    await send_due(site)
    assert "Médiathèque, Die" in outside.messages(phone)[-1]["text"]
