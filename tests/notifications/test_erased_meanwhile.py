"""Rule 27: whatever is done for a person while they are erased, by a page, a provider or a job, leaves nothing."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select, text, update

from chassis import erasure
from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.ids import BeneficiaryId, NoticeId, uuid7
from contracts.prescription import BeneficiaryErased
from county.links import stop_token
from services.notifications import consumers
from services.notifications.model import Agent, Book, CallTry, Notice
from services.notifications.usecases import calling, composing, opt_outs, planning, readings, recording
from services.notifications.usecases.outgoing import Sent
from services.notifications.usecases.recording import Answer, record_answers
from tests.actors import LINK_SECRET, asking
from tests.interleaving import begun, uncommitted
from tests.notifications.conftest import consume, settings_of
from tests.notifications.events import confirmed, prescribed, scheduled, stated
from tests.notifications.test_erasing import mentions

Work = Callable[[Transaction], Awaitable[object]]


@pytest.fixture
def person() -> BeneficiaryId:
    return BeneficiaryId(uuid7())


@pytest.fixture
async def notice(database: Database, person: BeneficiaryId) -> NoticeId:
    """That a seat is booked: the first of this person's."""
    session = scheduled()
    await consume(database, stated(person), session, confirmed(person, session))
    async with database.reading() as reader:
        mine = Notice.beneficiary_id == person, Notice.kind == "booking_confirmed"
        return (await reader.scalars(select(Notice.id).where(*mine))).one()


def erase(person: BeneficiaryId) -> Work:
    return lambda tx: consumers.on_prescription(tx, [BeneficiaryErased(beneficiary_id=person)])


async def left(database: Database, person: BeneficiaryId, notice: NoticeId) -> list[object]:
    """Where the person is, and the notice that spoke to them; what is still to be done for nobody; the last news."""
    async with database.reading() as reader:
        tried = [*await reader.scalars(select(CallTry.id))]
        undone = [
            *await reader.scalars(select(Notice.state).where(Notice.state.in_(["scheduled", "by_hand", "sending"])))
        ]
        news = await reader.scalar(text("SELECT headers->>'ce_type' FROM outbox ORDER BY id DESC LIMIT 1"))
    return [*await mentions(database, person), *await mentions(database, BeneficiaryId(notice)), *tried, *undone, news]


async def change(database: Database, **values: object) -> None:
    await database.transact(lambda tx: tx.execute(update(Notice).values(**values)))


AGENT = Agent("an agent", datetime.now(UTC), datetime.now(UTC), administrator=True)
GONE, UNDONE = ["erasure.completed.v1"], ("scheduled", "by_hand", "sending")


async def test_core_15_a_page_read_while_its_person_is_erased_is_recorded_for_nobody(
    database: Database, person: BeneficiaryId, notice: NoticeId
) -> None:
    async with uncommitted(database, lambda tx: readings.record_reading(tx, AGENT, "person", {person: AGENT.why})):
        erasing = await begun(database, database.transact(erase(person)), 1)
        assert not erasing.done()
    await erasing
    await database.transact(lambda tx: readings.record_reading(tx, AGENT, "person", {person: AGENT.why}))
    assert await left(database, person, notice) == GONE


async def test_core_15_stop_by_link_while_erased_or_afterwards_writes_and_says_nothing(
    site: Site, database: Database, person: BeneficiaryId, notice: NoticeId
) -> None:
    async with uncommitted(database, lambda tx: opt_outs.stop(tx, person, "email")):
        erasing = await begun(database, database.transact(erase(person)), 1)
        assert not erasing.done()
    await erasing
    async with asking(site.application()) as browser:
        answer = await browser.post(f"/stop/{stop_token(LINK_SECRET, person, 'sms', 'long_unseen')}")
    assert answer.status_code == 200, "who asks for nothing more gets nothing more"
    assert await left(database, person, notice) == GONE


async def test_core_15_without_the_turns_what_a_page_wrote_stays(
    database: Database, person: BeneficiaryId, notice: NoticeId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(erasure, "TURNS", text("SELECT CAST(:slots AS int[]), CAST(:forgets AS bool[])"))
    async with uncommitted(database, lambda tx: opt_outs.stop(tx, person, "email")):
        await database.transact(erase(person))
    assert "opt_outs.beneficiary_id" in await left(database, person, notice)


async def test_core_15_a_call_noted_while_its_person_is_erased_leaves_no_try(
    database: Database, person: BeneficiaryId, notice: NoticeId
) -> None:
    await change(database, state="by_hand", channel="call")
    async with uncommitted(database, lambda tx: calling.record_call(tx, notice, "no_answer", "an agent")):
        erasing = await begun(database, database.transact(erase(person)), 1)
        assert not erasing.done()
    await erasing
    assert await left(database, person, notice) == GONE


async def test_core_15_the_next_channel_of_a_message_that_failed_meanwhile_is_not_tried(
    database: Database, person: BeneficiaryId, notice: NoticeId
) -> None:
    await change(database, state="sent", channel="sms", sent_at=datetime.now(UTC))
    async with uncommitted(database, lambda tx: recording.apply_receipts(tx, {notice: ("failed", "numéro faux")})):
        erasing = await begun(database, database.transact(erase(person)), 1)
        assert not erasing.done()
    await erasing
    assert await left(database, person, notice) == GONE


async def test_core_15_hours_unseen_are_not_told_of_to_who_is_erased_meanwhile(
    site: Site, database: Database, person: BeneficiaryId, notice: NoticeId
) -> None:
    await database.transact(lambda tx: consumers.on_prescription(tx, [prescribed(person)]))
    long_ago = update(Book).values(prescribed_at=datetime.now(UTC) - timedelta(days=60))
    await database.transact(lambda tx: tx.execute(long_ago))
    await database.transact(lambda tx: tx.execute(text("DELETE FROM bookings")))
    remind = partial(planning.plan_long_unseen, settings=settings_of(site))
    async with uncommitted(database, remind):
        erasing = await begun(database, database.transact(erase(person)), 1)
        assert not erasing.done()
    await erasing
    await database.transact(remind)
    assert await left(database, person, notice) == GONE


async def test_core_15_a_message_in_flight_leaves_nothing_when_it_is_answered(
    site: Site, database: Database, person: BeneficiaryId, notice: NoticeId
) -> None:
    """Claimed before the erasure, answered and receipted after it."""
    settings = settings_of(site)
    free = {account.name: 10 for account in settings.sms}
    claim = await database.transact(lambda tx: composing.compose_due(tx, settings, free | {"email": 10}))
    assert claim.messages
    await database.transact(erase(person))
    answers = [Answer(outgoing, Sent(outgoing.provider, "theirs-1"), frozenset()) for outgoing in claim.messages]
    assert await database.transact(lambda tx: record_answers(tx, answers, settings, free)) == [None] * len(answers)
    await database.transact(lambda tx: recording.apply_receipts(tx, {notice: ("failed", "numéro faux")}))
    assert await left(database, person, notice) == GONE
