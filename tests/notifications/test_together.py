"""Several notices to one person: they leave together, and each keeps what is its own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from chassis.clock import move
from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, MediatorId, uuid7
from contracts.words import NoticeKind
from services.notifications.model import Facts, Mediator, Notice
from services.notifications.texts import mail, sms
from services.notifications.texts.samples import LINK, NOW, facts
from tests.notifications.conftest import consume, send_due
from tests.notifications.events import IN_FIVE_DAYS, confirmed, person_with_number, scheduled, stated
from tests.outside import Outside


async def test_several_at_once_to_one_person_are_one_message(site: Site, database: Database, outside: Outside) -> None:
    person, first, second = BeneficiaryId(uuid7()), scheduled(), scheduled(IN_FIVE_DAYS + timedelta(days=4))
    await consume(database, stated(person), first)
    await consume(database, stated(person), second, confirmed(person, first), confirmed(person, second))
    await send_due(site)
    [message] = outside.messages(stated(person).phone or "")
    assert message["text"].count("séance réservée") == 2
    async with database.reading() as reading:
        query = select(Notice).where(Notice.kind == "booking_confirmed")
        notices = (await reading.scalars(query)).all()
    assert [notice.state for notice in notices] == ["sent", "sent"]
    assert {notice.carrier_id for notice in notices} - {None} == {
        notice.id for notice in notices if not notice.carrier_id
    }


async def test_what_follows_within_two_minutes_is_gathered_and_the_first_does_not_wait(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, sessions = BeneficiaryId(uuid7()), [scheduled(IN_FIVE_DAYS + timedelta(days=day)) for day in range(3)]
    for number, session in enumerate(sessions):
        await consume(database, stated(person), session, confirmed(person, session))
        move(offset, datetime.now(UTC) + timedelta(seconds=20 * number))
        await send_due(site)
    phone = stated(person).phone or ""
    assert len(outside.messages(phone)) == 1
    move(offset, datetime.now(UTC) + timedelta(minutes=3))
    await send_due(site)
    assert [message["text"].count("séance réservée") for message in outside.messages(phone)] == [1, 2]


async def test_what_left_together_fails_apart(site: Site, database: Database, outside: Outside) -> None:
    """A number that refuses: each notice goes on by its next channel, joined again there."""
    person = person_with_number("0000")
    email, sessions = f"{person}@exemple.invalid", [scheduled(), scheduled(IN_FIVE_DAYS + timedelta(days=4))]
    contact = stated(person, email=email)
    await consume(database, contact, sessions[0])
    await consume(database, contact, sessions[1], *(confirmed(person, session) for session in sessions))
    await send_due(site)
    [mail] = outside.mails(email)
    assert mail["text"].count("Votre séance est réservée.") == 2
    assert len(mail["attachments"]) >= 1


def two_sessions(*kinds: NoticeKind) -> list[Facts]:
    """Of two mediators, each with its own link."""
    other = Mediator(id=MediatorId(uuid7()), version=1, name="Lucie A.", phone="+33465710003")
    return [facts(kinds[0], f"{LINK}1"), replace(facts(kinds[1], f"{LINK}2"), mediator=other)]


def test_sessions_told_in_one_e_mail_have_each_their_own_number_and_link() -> None:
    written = mail(two_sessions("booking_confirmed", "reminder_48h"), NOW)
    for text in (written.body, written.html):
        places = [text.index(part) for part in ("04 65 71 00 02", f"{LINK}1", "04 65 71 00 03", f"{LINK}2")]
        assert places == sorted(places)


def test_sessions_told_in_one_sms_have_the_number_and_link_that_are_right_for_all() -> None:
    text = sms(two_sessions("booking_confirmed", "reminder_48h"), NOW)
    assert "04 65 71 00 01" in text  # the centre
    assert "04 65 71 00 02" not in text
    assert LINK not in text
    assert f"{LINK}1" in sms([facts("booking_confirmed", f"{LINK}1"), facts("file_accepted", "")], NOW)
    offered, _, booked = sms(two_sessions("seat_offered", "booking_confirmed"), NOW).partition("\n")
    assert f"{LINK}1 ou 04 65 71 00 02" in offered  # its own
    assert "04 65 71 00 01" in booked
