"""A booking is told once, by one channel or the next, and its reminders leave in their time."""

from datetime import timedelta
from pathlib import Path

from chassis.clock import move
from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications import consumers
from services.notifications.delivery import Dispatch
from services.notifications.settings import Settings
from tests.notifications.conftest import consume, send_due
from tests.notifications.events import IN_FIVE_DAYS, confirmed, person_with_number, scheduled, stated
from tests.notifications.stored import states
from tests.outside import Outside


async def test_a_booking_is_told_by_one_sms_and_its_reminders_wait(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    [message] = outside.messages(stated(person).phone or "")
    assert "séance réservée" in message["text"]
    assert await states(database) == {
        "booking_confirmed": "sent",
        "reminder_48h": "scheduled",
        "reminder_3h": "scheduled",
    }


async def test_rule_23_heard_twice_told_once(site: Site, database: Database, outside: Outside) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    booking = confirmed(person, session)
    for _ in range(3):
        await consume(database, stated(person), session, booking)
        await send_due(site)
    assert len(outside.messages(stated(person).phone or "")) == 1


async def test_a_notice_waits_for_the_contact_and_for_the_session(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    phone = stated(person).phone or ""
    await database.transact(lambda tx: consumers.on_booking(tx, [confirmed(person, session)]))
    await send_due(site)
    await database.transact(lambda tx: consumers.on_catalogue(tx, [session]))
    await send_due(site)
    assert not outside.messages(phone)
    await database.transact(lambda tx: consumers.on_contacts(tx, [stated(person)]))
    await send_due(site)
    assert len(outside.messages(phone)) == 1


async def test_rule_21_reminders_leave_when_their_time_comes(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    for before in (timedelta(hours=47), timedelta(hours=1)):
        move(offset, IN_FIVE_DAYS - before)
        await send_due(site)
    kinds = [message["text"].split(" : ")[0] for message in outside.messages(stated(person).phone or "")]
    assert kinds == ["Pass numérique", "Rappel Pass numérique", "Rappel Pass numérique"]


async def test_rule_21_never_after_the_start(site: Site, database: Database, outside: Outside, offset: Path) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person), session, confirmed(person, session))
    move(offset, IN_FIVE_DAYS)
    await send_due(site)
    assert not outside.messages(stated(person).phone or "")
    assert set((await states(database)).values()) == {"dropped"}


async def test_an_e_mail_has_a_calendar_file(site: Site, database: Database, outside: Outside) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    email = f"{person}@exemple.invalid"
    await consume(database, stated(person, channel="email", email=email), session, confirmed(person, session))
    await send_due(site)
    [mail] = outside.mails(email)
    assert mail["subject"] == "Votre séance est réservée"
    assert "Courre Commère" in mail["text"]
    assert "LOCATION:8 Fablab\\, rue Courre Commère" in mail["attachments"]["seance.ics"]


async def test_rule_25_a_number_that_refuses_falls_to_the_next_channel(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = person_with_number("0000"), scheduled()
    email = f"{person}@exemple.invalid"
    await consume(database, stated(person, email=email), session, confirmed(person, session))
    await send_due(site)
    await send_due(site)
    assert len(outside.mails(email)) == 1
    assert (await states(database))["booking_confirmed"] == "failed"
    assert (await states(database))["booking_confirmed email"] == "sent"


async def dispatched(site: Site, settings: Settings) -> None:
    await Dispatch.of(settings).drain(site.runtime.database)
