"""What is heard: the seats that booking has given, and who is erased. Rules 13 and 27."""

from chassis.db import Database
from chassis.erasure import among
from contracts.booking import SessionFilled
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased
from services.catalogue import consumers, queries, usecases
from services.catalogue.model import Session, SessionForm
from tests.catalogue.conftest import OFFICE
from tests.catalogue.planning import published_types


async def test_rule_13_when_booking_had_given_more_seats_than_we_knew_the_capacity_follows_and_is_said(
    database: Database, form: SessionForm
) -> None:
    """The lag: five are in at booking, we have heard of two and lower to three. Nobody loses a seat."""
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    await fill(database, session, version=1, taken=2)
    lower = form.model_copy(update={"capacity": 3})
    await database.transact(lambda tx: usecases.change_session(tx, session.id, lower, "", OFFICE))
    await fill(database, session, version=3, taken=4, offered=1)
    await fill(database, session, version=2, taken=3)  # late: it changes nothing
    session_now = await stored_session(database, session)
    assert (session_now.capacity, session_now.taken) == (5, 5)
    assert (await published_types(database)).count("session.changed.v1") == 2
    await fill(database, session, version=4, taken=4)
    session_now = await stored_session(database, session)
    assert (session_now.capacity, session_now.free) == (5, 1)


async def test_rule_27_an_erased_person_is_answered_for_and_never_heard_of_again(database: Database) -> None:
    person = BeneficiaryId(uuid7())
    for _ in range(2):
        await database.transact(lambda tx: consumers.on_prescription(tx, [BeneficiaryErased(beneficiary_id=person)]))
    assert set(await published_types(database)) == {"erasure.completed.v1"}
    async with database.reading() as reading:
        assert await among(reading, [person]) == {person}


async def fill(database: Database, session: Session, *, version: int, taken: int, offered: int = 0) -> None:
    event = SessionFilled(session_id=session.id, version=version, taken=taken, offered=offered, waiting=0)
    await database.transact(lambda tx: consumers.on_booking(tx, [event]))


async def stored_session(database: Database, session: Session) -> Session:
    async with database.reading() as reading:
        return await queries.session(reading, session.id)
