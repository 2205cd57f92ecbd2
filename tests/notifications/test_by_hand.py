"""What a person does by hand, and what nobody did in time; who saw whose messages. Rules 23 and 27."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from chassis.clock import move
from chassis.db import Database
from chassis.site import Site
from contracts.contacts import ContactErased
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased
from services.notifications import consumers, queries
from services.notifications.model import ANONYMOUS, Notice, RecordRead
from services.notifications.settings import Settings
from services.notifications.usecases import calling, subject_requests
from tests.actors import MEDIATOR, asking
from tests.notifications.conftest import consume, send_due, settings_of
from tests.notifications.events import BY_POST, confirmed, scheduled, stated
from tests.notifications.stored import letter_ids, published


@pytest.mark.parametrize("channel", ["call", "letter"])
async def test_rule_23_what_nobody_called_or_posted_in_time_has_failed_and_is_forgotten_in_its_time(
    site: Site, database: Database, offset: Path, channel: str
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    contact = BY_POST if channel == "letter" else {"channel": "call"}
    await consume(database, stated(person, **contact), session, confirmed(person, session))
    await send_due(site)
    waiting = {"call": "/api/notifications/calls", "letter": "/courriers"}[channel]
    move(offset, session.starts_at)
    async with asking(site.application(), MEDIATOR) as client:
        assert "Séance réservée" not in (page := (await client.get(waiting)).text)
        assert "booking_confirmed" not in page
    await database.transact(calling.give_up)
    async with database.reading() as reading:
        query = select(Notice).where(Notice.kind == "booking_confirmed")
        given_up = (await reading.scalars(query)).one()
    assert (given_up.state, given_up.channel) == ("failed", channel)
    [failed] = await published(database, "notice.failed.v2")
    assert '"failure":"expired"' in failed
    move(offset, session.starts_at + timedelta(days=183))
    await database.transact(lambda tx: subject_requests.apply_retention(tx, settings_of(site)))
    async with database.reading() as reading:
        assert (await reading.scalars(query)).one().beneficiary_id == ANONYMOUS


async def test_what_was_never_heard_whole_is_shown_and_then_dropped(
    site: Site, database: Database, offset: Path
) -> None:
    """A booking whose contact never came."""
    person, session = BeneficiaryId(uuid7()), scheduled()
    await database.transact(lambda tx: consumers.on_booking(tx, [confirmed(person, session)]))
    async with asking(site.application(), MEDIATOR) as client:
        assert "Informations manquantes" not in (await client.get("/echecs")).text
        move(offset, datetime.now(UTC) + timedelta(minutes=20))
        assert "1 message attend depuis plus de 15 minutes" in (await client.get("/echecs")).text
    move(offset, session.starts_at + timedelta(hours=2))
    await database.transact(calling.drop_incomplete)
    async with database.reading() as reading:
        assert {*await reading.scalars(select(Notice.state))} == {"dropped"}


async def test_what_is_heard_and_waits_for_its_turn_is_not_called_incomplete(database: Database) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person), session, confirmed(person, session))
    async with database.reading() as reading:
        assert await queries.incomplete_notices(reading, database.clock.now() + timedelta(days=9)) == 0


async def read_by(database: Database) -> list[tuple[str, str, BeneficiaryId]]:
    async with database.reading() as reading:
        readings = await reading.scalars(select(RecordRead).order_by(RecordRead.id))
        return [(read.by, read.what, read.beneficiary_id) for read in readings]


async def test_rule_27_who_sees_telephones_or_messages_is_recorded(site: Site, database: Database) -> None:
    called, written, session = BeneficiaryId(uuid7()), BeneficiaryId(uuid7()), scheduled()
    later = scheduled(datetime.now(UTC) + timedelta(days=20))
    await consume(database, stated(called, channel="call"), session, confirmed(called, session))
    await consume(database, stated(written, **BY_POST), later, confirmed(written, later))
    await send_due(site)
    [letter] = await letter_ids(database)
    async with asking(site.application(), MEDIATOR) as client:
        await client.get("/appels")
        await client.get(f"/messages/personnes/{called}")
        await client.get(f"/api/notifications/notices?beneficiary_id={called}")
        await client.get(f"/courriers/{letter}")
        await client.post("/courriers/lot.pdf", data={"notice_id": [letter]})
    who = MEDIATOR.subject
    assert await read_by(database) == [
        (who, "calls", called), (who, "person", called), (who, "api", called),
        (who, "letters", written), (who, "letters", written),
    ]  # fmt: skip
    async with asking(site.application(), MEDIATOR) as client:
        await client.get("/messages")
    assert {person for _, what, person in await read_by(database) if what == "messages"} == {called, written}


async def test_walls_09_readings_of_the_erased_name_nobody_and_go_after_two_years_like_all(
    site: Site, database: Database, offset: Path
) -> None:
    people, session = [BeneficiaryId(uuid7()), BeneficiaryId(uuid7())], scheduled()
    for person in people:
        await consume(database, stated(person), session, confirmed(person, session))
    async with asking(site.application(), MEDIATOR) as client:
        for person in people:
            await client.get(f"/messages/personnes/{person}")
    await database.transact(lambda tx: consumers.on_prescription(tx, [BeneficiaryErased(beneficiary_id=people[0])]))
    assert {person for _, _, person in await read_by(database)} == {ANONYMOUS, people[1]}
    async with database.reading() as reading:
        [read] = await reading.scalars(select(RecordRead).where(RecordRead.beneficiary_id == ANONYMOUS))
    assert (read.by, read.why, read.digest is None) == (MEDIATOR.subject, "raison effacée", False)
    settings: Settings = settings_of(site)
    for days, left in ((729, 2), (731, 0)):
        move(offset, datetime.now(UTC) + timedelta(days=days))
        await database.transact(lambda tx: subject_requests.apply_retention(tx, settings))
        assert len(await read_by(database)) == left


async def test_rule_27_a_proof_that_names_nobody_keeps_no_moment_and_no_id_that_the_bus_has_told(
    site: Site, database: Database, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    async with database.reading() as reading:
        named = (await reading.scalars(select(Notice).where(Notice.state == "sent"))).one()
    await database.transact(lambda tx: consumers.on_contacts(tx, [ContactErased(beneficiary_id=person)]))
    move(offset, datetime.now(UTC) + timedelta(days=183))
    await database.transact(lambda tx: subject_requests.apply_retention(tx, settings_of(site)))
    async with database.reading() as reading:
        proof = (await reading.scalars(select(Notice).where(Notice.state == "sent"))).one()
        days = func.date_trunc("day", Notice.sent_at), func.date_trunc("day", Notice.settled_at)
        query = select(Notice.sent_at == days[0], Notice.settled_at == days[1]).where(Notice.state == "sent")
        assert (await reading.execute(query)).one() == (True, True)
    assert proof.beneficiary_id == ANONYMOUS
    assert proof.id != named.id
