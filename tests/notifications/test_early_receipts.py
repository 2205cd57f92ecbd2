"""A receipt that comes before the answer to which it belongs, or with it. Rule 23."""

from typing import Any

import pytest
from sqlalchemy import select

from chassis.db import Database
from contracts.ids import BeneficiaryId, uuid7
from services.notifications import queries
from services.notifications.delivery import Dispatch
from services.notifications.model import Notice, Receipt
from services.notifications.settings import Settings
from services.notifications.usecases import composing, recording
from services.notifications.usecases.outgoing import Outcome, Sent
from services.notifications.usecases.recording import Answer, record_answers
from tests.actors import asking
from tests.notifications.conftest import consume, people_booked, settings_of
from tests.notifications.events import confirmed, scheduled, stated
from tests.notifications.stored import rows
from tests.outside import SECRET
from tests.overlap import Step, overlapping


async def test_a_receipt_may_come_before_the_answer(by: Any, database: Database) -> None:
    """OVHcloud calls back before we have kept the id that it gave: what it said waits for it."""
    site = by("ovh")
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person), session, confirmed(person, session))
    settings = settings_of(site)
    dispatch = Dispatch.of(settings)
    provider = dispatch.sms["ovh"]

    async def overtaken(*message: Any) -> Outcome:
        taken = await provider.send(*message)
        assert isinstance(taken, Sent)
        async with asking(site.application()) as client:
            params = {"id": taken.provider_id, "ptt": "4", "description": "1"}
            await client.get(f"/api/notifications/receipts/ovh/ovh/{SECRET}", params=params)
        return taken

    early = type("Early", (), {"name": "ovh", "may_be_asked": True, "send": staticmethod(overtaken)})()
    dispatch.sms["ovh"] = early
    await dispatch.drain(database)
    async with database.reading() as reading:
        notice = (await reading.scalars(select(Notice).where(Notice.kind == "booking_confirmed"))).one()
    assert notice.state == "delivered"


async def keep_both(database: Database, settings: Settings, *, receipt_first: bool) -> str:
    """A receipt and the answer before it, each in its transaction, the second while the first is not committed."""
    await people_booked(database, 1)
    claim = await database.transact(lambda tx: composing.compose_due(tx, settings, {"ovh": 1, "brevo": 0}))
    answer = Answer(claim.messages[0], Sent("ovh", "77"), frozenset({"ovh"}))
    receipt = Receipt(provider="ovh", provider_id="77", status="delivered", reason="")
    steps: list[Step] = [
        lambda tx: recording.apply_provider_receipts(tx, [receipt]),
        lambda tx: record_answers(tx, [answer], settings, {}),
    ]
    first, second = steps if receipt_first else reversed(steps)
    await overlapping(database, first, database.transact(second))
    [notice] = await rows(database)
    return notice.state


@pytest.mark.parametrize("receipt_first", [True, False])
async def test_rule_23_a_receipt_and_its_answer_kept_at_the_same_moment_meet(
    database: Database, both: Settings, *, receipt_first: bool
) -> None:
    assert await keep_both(database, both, receipt_first=receipt_first) == "delivered"


@pytest.mark.parametrize("receipt_first", [True, False])
async def test_without_the_guard_they_miss_each_other(
    database: Database, both: Settings, monkeypatch: pytest.MonkeyPatch, *, receipt_first: bool
) -> None:
    """The control: neither sees what the other has not committed yet."""
    monkeypatch.setattr(queries, "lock_receipts", nothing)
    assert await keep_both(database, both, receipt_first=receipt_first) == "sent"


async def nothing(*_: object) -> None:
    return
