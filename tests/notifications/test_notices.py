from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.booking import BookingAttended, BookingConfirmed
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased
from services.notifications import consumers
from services.notifications.delivery import Dispatch, ask_about_unclear
from services.notifications.model import Notice
from services.notifications.settings import Settings
from tests.actors import MEDIATOR, asking
from tests.notifications.conftest import IN_FIVE_DAYS, confirmed, move, scheduled, send_due, stated
from tests.notifications.events import cancelled, moved
from tests.outside import Outside


async def hear(database: Database, person: BeneficiaryId, session: object, booking: object, **contact: object) -> None:
    await database.transact(lambda tx: consumers.on_contacts(tx, [stated(person, **contact)]))
    await database.transact(lambda tx: consumers.on_catalogue(tx, [session]))  # type: ignore[list-item]
    await database.transact(lambda tx: consumers.on_booking(tx, [booking]))  # type: ignore[list-item]


async def hear_move(database: Database, booking: BookingConfirmed, version: int) -> None:
    """As many days later as the version says."""
    later = booking.starts_at + timedelta(days=version)
    session = scheduled(later, session_id=booking.session_id, version=version)
    await database.transact(lambda tx: consumers.on_catalogue(tx, [session]))
    await database.transact(lambda tx: consumers.on_booking(tx, [moved(booking, version, later)]))


async def states(database: Database) -> dict[str, str]:
    async with database.reading() as reading:
        found = await reading.scalars(select(Notice).order_by(Notice.rank))
        return {one.kind if not one.rank else f"{one.kind} {one.channel}": one.state for one in found}


def person_with_number(last: str) -> BeneficiaryId:
    """Someone whose number ends so."""
    base = uuid7().int
    return BeneficiaryId(type(uuid7())(int=base - base % 10000 + int(last)))


async def test_a_booking_is_told_by_one_sms_and_its_reminders_wait(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await hear(database, person, session, confirmed(person, session))
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
        await hear(database, person, session, booking)
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
    await hear(database, person, session, confirmed(person, session))
    await send_due(site)
    for before in (timedelta(hours=47), timedelta(hours=1)):
        move(offset, IN_FIVE_DAYS - before)
        await send_due(site)
    kinds = [message["text"].split(" : ")[0] for message in outside.messages(stated(person).phone or "")]
    assert kinds == ["Pass numérique", "Rappel Pass numérique", "Rappel Pass numérique"]


async def test_rule_21_never_after_the_start(site: Site, database: Database, outside: Outside, offset: Path) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await hear(database, person, session, confirmed(person, session))
    move(offset, IN_FIVE_DAYS)
    await send_due(site)
    assert not outside.messages(stated(person).phone or "")
    assert set((await states(database)).values()) == {"dropped"}


async def test_an_e_mail_has_a_calendar_file(site: Site, database: Database, outside: Outside) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    email = f"{person}@exemple.invalid"
    await hear(database, person, session, confirmed(person, session), channel="email", email=email)
    await send_due(site)
    [mail] = outside.mails(email)
    assert mail["subject"] == "Votre séance est réservée"
    assert "Courre Commère" in mail["text"]
    assert "LOCATION:8 Fablab\\, rue Courre Commère" in mail["attachments"]["seance.ics"]


async def test_rule_4_a_landline_is_never_promised_an_sms_it_is_called(site: Site, database: Database) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    landline = {"channel": "call", "phone": "+33465710009", "phone_kind": "landline"}
    await hear(database, person, session, confirmed(person, session), **landline)
    await send_due(site)
    async with asking(site.application(), MEDIATOR) as client:
        page = (await client.get("/")).text
        assert "tel:+33465710009" in page
        [call] = [one for one in (await client.get("/api/calls")).json() if one["kind"] == "booking_confirmed"]
        assert (await client.post(f"/api/notices/{call['id']}/done")).json()["state"] == "delivered"
        assert (await client.post(f"/api/notices/{call['id']}/done")).status_code == 409


async def test_a_letter_is_printed_when_there_is_time_for_it(site: Site, database: Database) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    by_post = {"channel": "letter", "phone": None, "phone_kind": None, "postal_address": ("Démo Jeanne", "26400 Crest")}
    await hear(database, person, session, confirmed(person, session), **by_post)
    await send_due(site)
    async with asking(site.application(), MEDIATOR) as client:
        assert "Séance réservée : imprimer" in (await client.get("/courriers")).text
        [letter] = (await client.get(f"/api/notices?beneficiary_id={person}")).json()[-1:]
        page = (await client.get(f"/courriers/{letter['id']}")).text
    assert "26400 Crest" in page
    assert "8 Fablab" in page


async def test_rule_25_a_number_that_refuses_falls_to_the_next_channel(
    site: Site, database: Database, outside: Outside
) -> None:
    person, session = person_with_number("0000"), scheduled()
    email = f"{person}@exemple.invalid"
    await hear(database, person, session, confirmed(person, session), email=email)
    await send_due(site)
    await send_due(site)
    assert len(outside.mails(email)) == 1
    assert (await states(database))["booking_confirmed"] == "failed"
    assert (await states(database))["booking_confirmed email"] == "sent"


async def test_rule_13_a_move_is_told_and_the_reminders_follow(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    booking = confirmed(person, session)
    await hear(database, person, session, booking)
    await send_due(site)
    for version in (2, 3):
        for _ in range(2):  # heard twice
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
    await hear(database, person, session, booking)
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
    await hear(database, person, session, booking)
    await send_due(site)
    await database.transact(lambda tx: consumers.on_booking(tx, [cancelled(booking)]))
    await send_due(site)
    assert "ANNULÉE" in outside.messages(stated(person).phone or "")[-1]["text"]
    assert (await states(database))["reminder_48h"] == "dropped"


async def test_rule_27_what_is_erased_is_not_told_and_not_kept(site: Site, database: Database) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await hear(database, person, session, confirmed(person, session))
    await send_due(site)
    await database.transact(lambda tx: consumers.on_prescription(tx, [BeneficiaryErased(beneficiary_id=person)]))
    async with database.reading() as reading:
        kept = (await reading.scalars(select(Notice))).all()
        contacts = (await reading.execute(text("SELECT count(*) FROM contacts"))).scalar_one()
        said = (await reading.scalars(text("SELECT headers->>'ce_type' FROM outbox ORDER BY id DESC LIMIT 1"))).one()
    assert contacts == 0
    assert [(one.state, one.content, one.beneficiary_id.int, one.booking_id) for one in kept] == [
        ("sent", None, 0, None)
    ]
    assert said == "erasure.completed.v1"


@pytest.mark.parametrize("provider", ["dead", "back"])
async def test_a_dead_provider_loses_nothing(
    site: Site, database: Database, outside: Outside, offset: Path, provider: str
) -> None:
    """Tried again until it is back; when it stays away, a person calls."""
    person, session = BeneficiaryId(uuid7()), scheduled()
    await hear(database, person, session, confirmed(person, session))
    settings = site.assembly.declared.settings
    assert isinstance(settings, Settings)
    nobody = tuple(one.model_copy(update={"url": "http://127.0.0.1:1"}) for one in settings.sms)
    dead = settings.model_copy(update={"sms": nobody, "smtp_port": 1})
    for attempt in range(2 if provider == "back" else 12):
        move(offset, datetime.now(UTC) + timedelta(seconds=400 * attempt))
        await dispatched(site, dead)
    move(offset, datetime.now(UTC) + timedelta(seconds=5000))
    await send_due(site)
    found = await states(database)
    if provider == "back":
        assert found["booking_confirmed"] == "sent"
        assert len(outside.messages(stated(person).phone or "")) == 1
    else:
        assert found["booking_confirmed"] == "failed"
        assert found["booking_confirmed call"] == "by_hand"


async def dispatched(site: Site, settings: Settings) -> None:
    await Dispatch.of(settings).drain(site.assembly.database)


async def test_an_interrupted_sms_is_sent_once_an_interrupted_e_mail_is_checked_by_a_person(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    phoned, mailed, session = BeneficiaryId(uuid7()), BeneficiaryId(uuid7()), scheduled()
    await hear(database, phoned, session, confirmed(phoned, session))
    await hear(
        database,
        mailed,
        session,
        confirmed(mailed, session),
        channel="email",
        email="a@exemple.invalid",
        phone=None,
        phone_kind=None,
    )
    await send_due(site)
    await database.transact(as_if_ended_before_the_commit)
    move(offset, datetime.now(UTC) + timedelta(seconds=120))
    settings = site.assembly.declared.settings
    assert isinstance(settings, Settings)
    await ask_about_unclear(database, Dispatch.of(settings))
    await send_due(site)
    assert len(outside.messages(stated(phoned).phone or "")) == 1
    async with database.reading() as reading:
        rows = (
            await reading.scalars(
                select(Notice)
                .where(Notice.beneficiary_id == mailed, Notice.kind == "booking_confirmed")
                .order_by(Notice.rank)
            )
        ).all()
    assert [(row.channel, row.state) for row in rows] == [("email", "failed"), ("call", "by_hand")]


async def as_if_ended_before_the_commit(tx: Transaction) -> None:
    await tx.execute(text("UPDATE notices SET state = 'sending', check_at = due_at WHERE state = 'sent'"))
