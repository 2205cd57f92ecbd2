"""Records that are merged or erased, and no later event brings them back. Rule 27."""

from datetime import UTC, datetime
from typing import Any

from aiokafka import ConsumerRecord
from sqlalchemy import select, text

from chassis.db import Database
from chassis.intake import Intake, Subscription
from chassis.site import Site
from contracts.contacts import ContactErased
from contracts.event import CloudEvent
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased, BeneficiaryMerged
from contracts.topics import BOOKING
from services.notifications import consumers
from services.notifications.model import Contact, Notice, OptOut
from services.notifications.usecases import opt_outs
from tests.notifications.conftest import consume, send_due
from tests.notifications.events import confirmed, scheduled, stated
from tests.outside import Outside


async def test_merged_records_are_told_as_one_person_now_and_later(
    site: Site, database: Database, outside: Outside
) -> None:
    survivor, merged, session, other = BeneficiaryId(uuid7()), BeneficiaryId(uuid7()), scheduled(), scheduled()
    phone = "+33639985555"
    await consume(database, stated(survivor, phone=phone), session)
    await consume(database, stated(merged, phone="+33639986666"), other)
    await database.transact(lambda tx: opt_outs.stop(tx, merged, "email", "long_unseen"))
    await database.transact(lambda tx: consumers.on_booking(tx, [confirmed(merged, session)]))
    merge = BeneficiaryMerged(kept_id=survivor, merged_id=merged)
    for _ in range(2):
        await database.transact(lambda tx: consumers.on_prescription(tx, [merge]))
    await database.transact(lambda tx: consumers.on_contacts(tx, [ContactErased(beneficiary_id=merged)]))
    await database.transact(lambda tx: consumers.on_booking(tx, [confirmed(merged, other)]))
    await consume(database, stated(merged, version=9), session)  # a late statement brings nothing back
    await send_due(site)
    assert [message["text"].count("séance réservée") for message in outside.messages(phone)] == [2]
    async with database.reading() as reading:
        assert [*await reading.scalars(select(Contact.beneficiary_id))] == [survivor]
        assert [*await reading.scalars(select(OptOut.beneficiary_id))] == [survivor]


async def test_rule_27_the_erased_and_those_merged_into_them_are_gone_and_never_heard_again(
    site: Site, database: Database
) -> None:
    survivor, merged, session = BeneficiaryId(uuid7()), BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(survivor), session, confirmed(survivor, session))
    await database.transact(lambda tx: opt_outs.stop(tx, survivor, "email"))
    await send_due(site)
    events = [BeneficiaryMerged(kept_id=survivor, merged_id=merged), BeneficiaryErased(beneficiary_id=survivor)]
    for event in events:
        await database.transact(lambda tx, event=event: consumers.on_prescription(tx, [event]))  # type: ignore[misc]
    assert await mentions(database, survivor) == []
    intake = Intake(database, Subscription(BOOKING, consumers.on_booking))
    for person in (survivor, merged):
        assert await never_applied(intake, database, person, session)


async def mentions(database: Database, person: BeneficiaryId) -> list[str]:
    """The tables of the service in which that id still is; the outbox says that it is done."""
    async with database.reading() as reading:
        known = (await reading.execute(text(UUID_COLUMNS))).all()
        naming = []
        for table, column in known:
            query = text(f'SELECT count(*) FROM "{table}" WHERE "{column}" = :id')  # noqa: S608 - the catalogue's names
            if table != "outbox" and (await reading.execute(query, {"id": person})).scalar():
                naming.append(f"{table}.{column}")
        return naming


UUID_COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns WHERE udt_name = 'uuid' AND table_schema = 'public'
"""


async def never_applied(intake: Intake, database: Database, person: BeneficiaryId, session: Any) -> bool:
    envelope = CloudEvent(uuid7(), datetime.now(UTC), confirmed(person, session))
    headers = [(name, value.encode()) for name, value in envelope.headers().items()]
    record: Any = ConsumerRecord(BOOKING.name, 0, 0, 0, 0, str(person).encode(), envelope.event.body, 0, 0, 0, headers)
    await intake.apply([record])
    return await mentions(database, person) == []


async def test_rule_27_what_is_erased_is_not_told_and_not_kept(site: Site, database: Database) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    await database.transact(lambda tx: consumers.on_prescription(tx, [BeneficiaryErased(beneficiary_id=person)]))
    async with database.reading() as reading:
        proofs = (await reading.scalars(select(Notice))).all()
        contacts = (await reading.execute(text("SELECT count(*) FROM contacts"))).scalar_one()
        answer = (await reading.scalars(text("SELECT headers->>'ce_type' FROM outbox ORDER BY id DESC LIMIT 1"))).one()
    assert contacts == 0
    assert [(proof.state, proof.content, proof.beneficiary_id.int, proof.booking_id) for proof in proofs] == [
        ("sent", None, 0, None)
    ]
    assert answer == "erasure.completed.v1"
